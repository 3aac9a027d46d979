/** Types of exceptions by which HealthImaging says that it failed itself, or was busy (docs/healthimaging.md#7-lines-and-warnings). */
const OF_THE_SERVER =
  /^(InternalServer(Error|Exception)?|InternalFailure|ServiceUnavailable(Exception)?|ServiceQuotaExceeded(Exception)?|Throttl\w*|TooManyRequests(Exception)?|RequestTimeout(Exception)?|SlowDown|ConflictException)$/;

/** Whether a file that was refused for this may be imported again without a change. */
export function isRetryable(exceptionType: string): boolean {
  return OF_THE_SERVER.test(exceptionType);
}
