/** The errors of the service model and their HTTP statuses (402 for a full quota is not a slip). */
export const errorStatus = {
  ValidationException: 400,
  ServiceQuotaExceededException: 402,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  // Not modelled: what AWS front ends answer for a path that belongs to no operation.
  UnknownOperationException: 404,
  ConflictException: 409,
  ThrottlingException: 429,
  InternalServerException: 500,
  // Not modelled: a front end's 503.
  ServiceUnavailable: 503,
} as const;

export type ErrorName = keyof typeof errorStatus;

/** An answer other than 200: the name goes into `x-amzn-errortype`, the message into the body. */
export class ServiceError extends Error {
  readonly status: number;

  constructor(name: ErrorName, message: string) {
    super(message);
    this.name = name;
    this.status = errorStatus[name];
  }
}
