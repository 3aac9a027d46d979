import { createHash } from 'node:crypto';
import type { Instance } from './dicom.ts';

/** Where one imported file went: the importResponse of success.ndjson. */
export interface Placement {
  imageSetId: string;
  imageSetVersion: number;
  isPrimary: boolean;
}

interface ImageSet {
  imageSetId: string;
  isPrimary: boolean;
  version: number;
  commonValues: string;
}

/**
 * What a job did to an image set: one entry of imageSetsSummary. Documented are the id and `numberOfMatchedSOPInstances`, without
 * a word on what that counts. Unverified: that it counts instances and not files, and only those of this job; and that
 * `imageSetVersion` and `isPrimary` stand there (reported by one consumer).
 */
export interface ImageSetSummary extends Placement {
  numberOfMatchedSOPInstances: number;
}

/** The image sets of all data stores, in memory. */
export class ImageSets {
  /** Per data store, study and series: the primary image set first, then those in conflict with it. */
  readonly #sets = new Map<string, ImageSet[]>();

  /** A view of one data store for one job, which changes the version of an image set it finds only once. */
  forJob(datastoreId: string): JobImageSets {
    return new JobImageSets((instance) => {
      const series = `${datastoreId}/${instance.studyInstanceUID}/${instance.seriesInstanceUID}`;
      const sets = this.#sets.get(series) ?? [];
      this.#sets.set(series, sets);
      const fitting = sets.find((set) => set.commonValues === instance.commonValues);
      if (fitting) return fitting;
      const isPrimary = sets.length === 0;
      const set: ImageSet = {
        // Ids are stable across runs, so that examples and tests can be repeated; real ones are random.
        imageSetId: hash(isPrimary ? series : `${series}/${instance.commonValues}`),
        isPrimary,
        version: 0,
        commonValues: instance.commonValues,
      };
      sets.push(set);
      return set;
    });
  }
}

/** Places one job's instances into image sets. */
export class JobImageSets {
  readonly #find: (instance: Instance) => ImageSet;
  readonly #touched = new Map<ImageSet, { version: number; instances: Set<string> }>();

  constructor(find: (instance: Instance) => ImageSet) {
    this.#find = find;
  }

  /**
   * Adds an instance. A new image set has version 1. A job that overwrites instances of an older one raises its version
   * (documented). Unverified: that a job which only adds instances does so, that it does so once and not for each file, and that
   * a second copy of an instance within the job does so.
   */
  add(instance: Instance): Placement {
    const set = this.#find(instance);
    let touched = this.#touched.get(set);
    if (!touched) {
      set.version += 1;
      touched = { version: set.version, instances: new Set() };
      this.#touched.set(set, touched);
    } else if (touched.instances.has(instance.sopInstanceUID)) {
      set.version += 1;
      touched.version = set.version;
    }
    touched.instances.add(instance.sopInstanceUID);
    return { imageSetId: set.imageSetId, imageSetVersion: touched.version, isPrimary: set.isPrimary };
  }

  /** imageSetsSummary, with each image set's version at the end of the job. */
  summary(): ImageSetSummary[] {
    return [...this.#touched].map(([set, touched]) => ({
      imageSetId: set.imageSetId,
      imageSetVersion: touched.version,
      isPrimary: set.isPrimary,
      numberOfMatchedSOPInstances: touched.instances.size,
    }));
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
