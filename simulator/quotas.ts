import type { Clock } from './clock.ts';
import { ServiceError } from './errors.ts';
import type { OperationName } from './types.ts';

/** A token bucket: `perSecond` tokens flow in, at most `burst` are kept. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/**
 * What an account may do. Defaults are those of the AWS pages "Throttling limits" and "HealthImaging endpoints and
 * quotas" in their newest copies (docs/healthimaging.md#10-quotas).
 */
export interface Quotas {
  rates: Record<OperationName, Rate>;
  /** Jobs SUBMITTED or IN_PROGRESS in one data store. */
  concurrentJobs: number;
  filesPerJob: number;
  bytesPerJob: number;
  /** Days after its submission during which a job is listed. */
  listRetentionDays: number;
}

/** Quotas as a caller overrides them: what is absent keeps its default. */
export type QuotaOverrides = Partial<Omit<Quotas, 'rates'>> & { rates?: Partial<Quotas['rates']> };

export const defaultQuotas: Quotas = {
  rates: {
    StartDICOMImportJob: { perSecond: 1, burst: 2 },
    GetDICOMImportJob: { perSecond: 25, burst: 50 },
    ListDICOMImportJobs: { perSecond: 10, burst: 20 },
    ListDatastores: { perSecond: 5, burst: 10 },
  },
  concurrentJobs: 100,
  filesPerJob: 5_000,
  bytesPerJob: 10 * 1024 ** 3,
  listRetentionDays: 90,
};

/** Fills the overrides up with the defaults. */
export function quotasWith(overrides: QuotaOverrides = {}): Quotas {
  return { ...defaultQuotas, ...overrides, rates: { ...defaultQuotas.rates, ...overrides.rates } };
}

/** Counts requests of one operation against its rate. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#filledAt = clock.now();
  }

  /** @throws {ServiceError} ThrottlingException when no token is left. */
  take(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#filledAt) / 1000) * this.#rate.perSecond;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) throw new ServiceError('ThrottlingException', 'Rate exceeded');
    this.#tokens -= 1;
  }
}
