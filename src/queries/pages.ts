declare const list: unique symbol;

/**
 * The place where a list goes on. Only the list that gave it can read it. It stays valid for good, even after the row
 * before it is gone.
 */
export type Cursor<Row> = string & { readonly [list]: Row };

/** Asks for one page of a list. */
export interface PageRequest<Row> {
  /** The `next` of the page before; absent for the first page. */
  readonly after?: Cursor<Row>;
  /** At most so many rows. When absent, the list gives as many as it ever gives at once. */
  readonly limit?: number;
}

/**
 * Consecutive rows of a list. A page holds neither a connection nor a transaction once it is read. It is up to date
 * when it is read. No row comes twice or is left out.
 */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** `undefined` when nothing follows. More may follow a page that is empty or shorter than its limit. */
  readonly next: Cursor<Row> | undefined;
}

/**
 * All pages of a list that are not empty, for consumers that stream it: `everyPage(queries.log.newest, organizationId,
 * {})`. The next page is read while the consumer uses the current one, so that both work at the same time. A slow
 * consumer costs the memory of two pages. Throws the error with which the list rejects.
 */
export async function* everyPage<Row, Filter extends readonly unknown[]>(
  list: (...request: [...filter: Filter, page: PageRequest<Row>]) => Promise<Page<Row>>,
  ...filter: Filter
): AsyncGenerator<readonly Row[]> {
  let coming: Promise<Page<Row>> | undefined = list(...filter, {});
  while (coming !== undefined) {
    const { rows, next }: Page<Row> = await coming;
    coming = next === undefined ? undefined : list(...filter, { after: next });
    // The consumer may stop before it asks for this page. Its failure is ignored then.
    coming?.catch(() => {});
    if (rows.length > 0) yield rows;
  }
}
