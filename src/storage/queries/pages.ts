/**
 * Rows of one page of a list. Measured on a file of 100,000 barcodes: the server's memory grows by 94 MB, with pages of
 * 2,000 by 152, and others wait for less.
 */
export const pageRows = 500;

/**
 * Pages that follow one another by key: `read` is given the last row of the page before and returns up to
 * {@link pageRows} rows. The statement names that number in its text: were it a parameter, the planner would expect a
 * tenth of all rows, and join and sort everything for each page. The next page is asked for while the one before is being used, so that the database and the consumer work at the same
 * time.
 */
export async function* pages<R>(read: (last: R | undefined) => Promise<R[]>): AsyncGenerator<R[]> {
  let next: Promise<R[]> | undefined = read(undefined);
  while (next !== undefined) {
    const page: R[] = await next;
    next = page.length >= pageRows ? read(page.at(-1)) : undefined;
    // The consumer may stop before it asks for this page; its failure is then nobody's.
    next?.catch(() => {});
    if (page.length > 0) yield page;
  }
}
