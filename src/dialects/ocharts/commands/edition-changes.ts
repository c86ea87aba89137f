import { compareFiles } from "../../../content/compare-files.ts";
import type { FileStore } from "../../../content/store/file-store.ts";
import { currentEdition, type Edition } from "../../../core/edition.ts";
import { formatEditionNumber, isSameEdition, readEditionNumber } from "../../../kinds/chart/edition-number.ts";

/**
 * Sentences about a new edition: in which files it differs from the edition before it, and whether it is an update. The
 * edition before an update is the one that it updates, and otherwise the one that was published last before it.
 */
export async function changesOf(
  edition: Edition,
  others: readonly Edition[],
  files: Pick<FileStore, "listFiles">,
): Promise<readonly string[]> {
  const number = readEditionNumber(edition.name);
  if (number === undefined) {
    return [
      "Its name has no number like 2026/1-29, so clients of today do not see it. Those of before do.",
      ...(await differenceFrom(published(edition, others))),
    ];
  }
  if (number.update === 0) return differenceFrom(published(edition, others));
  const before = { ...number, update: number.update - 1 };
  const updated = others.findLast(({ name }) => {
    const other = readEditionNumber(name);
    return other !== undefined && isSameEdition(other, before) && other.update === before.update;
  });
  if (updated !== undefined) {
    return [
      `It is update ${number.update} of edition ${number.edition} of ${number.year}.`,
      ...(await differenceFrom(updated)),
    ];
  }
  return [
    `There is no ${formatEditionNumber(before)}, of which it would be the update: whoever has an older one gets all files.`,
    ...(await differenceFrom(published(edition, others))),
  ];

  async function differenceFrom(before: Edition | undefined): Promise<readonly string[]> {
    if (before === undefined) return [];
    const [from, to] = [await files.listFiles(before.content.key), await files.listFiles(edition.content.key)];
    const { added, changed, removed, same } = compareFiles(from, to);
    const counts = `${added.length} new, ${changed.length} changed, ${removed.length} gone, ${same} the same`;
    return [`Against ${before.name}: ${counts}.`];
  }
}

function published({ publishedAtMs }: Edition, others: readonly Edition[]): Edition | undefined {
  const earlier = others.filter((other) => other.publishedAtMs <= publishedAtMs);
  // Also one that is scheduled: it comes before this one.
  return currentEdition(earlier, Number.POSITIVE_INFINITY);
}
