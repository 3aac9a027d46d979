import { json, type Response, s3Error } from './memory.ts';
import type { ServiceTrouble } from './scenario.ts';
import type { ServiceName } from './transport.ts';

/** What a service answers that throttles or denies. */
export function refuse(service: ServiceName, how: ServiceTrouble): Response {
  const code = how === 'denied' ? 'AccessDeniedException' : 'ThrottlingException';
  switch (service) {
    case 's3':
      return how === 'denied' ? s3Error(403, 'AccessDenied') : s3Error(503, 'SlowDown');
    case 'sns':
      return {
        ...s3Error(how === 'denied' ? 403 : 400, code),
        body: Buffer.from(
          `<ErrorResponse><Error><Code>${code}</Code><Message>${code}</Message></Error></ErrorResponse>`,
        ),
      };
    case 'medical-imaging':
      return json(how === 'denied' ? 403 : 429, { message: code }, { 'x-amzn-errortype': code });
    default:
      return json(400, { __type: code, message: code });
  }
}
