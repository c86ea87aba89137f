declare const list: unique symbol;

/**
 * Where a list goes on: text that only the list that gave it can read. It stays valid for good, also once the row in
 * front of it is gone.
 */
export type Cursor<Row> = string & { readonly [list]: Row };

/** Which page of a list. */
export interface PageRequest<Row> {
  /** The `next` of the page before; absent for the first page. */
  readonly after?: Cursor<Row>;
  /** At most so many rows; absent for as many as the list gives at once. It never gives more than that. */
  readonly limit?: number;
}

/**
 * Rows that follow one another in a list. A page holds no connection and no transaction once it is read. It is up to
 * date when it is read, and no row comes twice or is passed over.
 */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** `undefined` when nothing follows. More may follow a page that is empty or shorter than its limit. */
  readonly next: Cursor<Row> | undefined;
}

/**
 * All pages of a list that are not empty, for consumers that stream it: `everyPage(queries.log.newest, organizationId,
 * {})`. The next page is asked for while the consumer uses the one before, so that both work at the same time. A slow
 * consumer costs the memory of two pages. Throws what the list rejects with.
 */
export async function* everyPage<Row, Filter extends readonly unknown[]>(
  list: (...request: [...filter: Filter, page: PageRequest<Row>]) => Promise<Page<Row>>,
  ...filter: Filter
): AsyncGenerator<readonly Row[]> {
  let coming: Promise<Page<Row>> | undefined = list(...filter, {});
  while (coming !== undefined) {
    const { rows, next }: Page<Row> = await coming;
    coming = next === undefined ? undefined : list(...filter, { after: next });
    // The consumer may stop before it asks for this page. Nobody is to hear of its failure then.
    coming?.catch(() => {});
    if (rows.length > 0) yield rows;
  }
}
