import type { ImageSet } from './job-manifest.ts';

/** Image sets that are kept: four times as many as a job has files, unless AWS raises that. */
const MAX_IMAGE_SETS = 20_000;

/** The image sets that the lines of one file name. */
export interface NamedImageSets {
  readonly imageSets: ReadonlyMap<string, ImageSet>;
  /** Set where some that are not primary were not kept. */
  readonly moreNonPrimary?: true;
}

/** Collects image sets, in the order in which they come. */
export class ImageSetCollector {
  readonly #sets = new Map<string, ImageSet>();
  #more = false;

  /** Of what several lines say of one image set, the highest version holds, and that it is not primary. */
  add({ imageSetId, version, isPrimary }: ImageSet): void {
    const known = this.#sets.get(imageSetId);
    if (!known && this.#sets.size >= MAX_IMAGE_SETS) {
      this.#more ||= isPrimary === false;
      return;
    }
    const isNew = version !== undefined && version > (known?.version ?? -1);
    const conflicts = isPrimary === false && known?.isPrimary !== false;
    if (known && !isNew && !conflicts && (known.isPrimary !== undefined || isPrimary === undefined)) return;
    this.#sets.set(imageSetId, {
      imageSetId,
      ...known,
      ...(isNew && { version }),
      ...(isPrimary !== undefined && { isPrimary: isPrimary && known?.isPrimary !== false }),
    });
  }

  result(): NamedImageSets {
    return { imageSets: this.#sets, ...(this.#more && { moreNonPrimary: true }) };
  }
}

/** All that is known of each image set of a job: what the job manifest says holds, and lines fill its gaps. */
export function mergeImageSets(
  summary: readonly ImageSet[],
  lines: readonly ReadonlyMap<string, ImageSet>[],
): ImageSet[] {
  const all = new Map<string, ImageSet>();
  for (const sets of [...lines.map((each) => each.values()), summary]) {
    for (const set of sets) {
      const known = all.get(set.imageSetId);
      // One place that reports a conflict is enough.
      const isPrimary = known?.isPrimary === false ? false : (set.isPrimary ?? known?.isPrimary);
      all.set(set.imageSetId, { ...known, ...set, ...(isPrimary !== undefined && { isPrimary }) });
    }
  }
  return [...all.values()];
}
