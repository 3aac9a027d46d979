import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { Ajv, type ValidateFunction } from 'ajv';
import {
  errorsOf,
  IMPORT_OPERATIONS,
  type ImportOperation,
  jsonSchema,
  operation,
  pathsIn,
  type ServiceModel,
} from '../model/service-model.ts';
import type { Answer, Input } from './client.ts';
import type { Exchange, Wire } from './wire.ts';

/**
 * Compares the input and the output of a client with what was sent, and that with botocore's service model. Keeps
 * account of all that was seen.
 */
export class Judge {
  readonly #wire: Wire;
  readonly #dropped: readonly string[];
  readonly #outputs: Readonly<Record<ImportOperation, ValidateFunction>>;
  readonly #errors: ReadonlyMap<string, { status: number; valid: ValidateFunction }>;
  #before: readonly Exchange[] = [];
  /** `<operation> request|response|error <name>` of all that this client sent and understood. */
  readonly seen = new Set<string>();

  /** @param dropped - members at the top of a request or a job that the client loses without a word. */
  constructor(model: ServiceModel, wire: Wire, dropped: readonly string[]) {
    this.#wire = wire;
    this.#dropped = dropped;
    const ajv = new Ajv({ strict: false, allErrors: true });
    this.#outputs = Object.fromEntries(
      IMPORT_OPERATIONS.map((name) => [
        name,
        ajv.compile(jsonSchema(model, operation(model, name).output.shape)),
      ]),
    ) as Record<ImportOperation, ValidateFunction>;
    this.#errors = new Map(
      IMPORT_OPERATIONS.flatMap((name) => errorsOf(model, name)).map(({ name, status }) => [
        name,
        { status, valid: ajv.compile(jsonSchema(model, name)) },
      ]),
    );
  }

  /** A call of one request that was answered. @returns what the client made of it. */
  answered(name: ImportOperation, input: Input, answer: Answer): Record<string, unknown> {
    const output = this.answeredLast(answer);
    const [exchange, ...more] = [...this.#before, this.#last];
    strictEqual(more.length, 0, 'one request was expected');
    strictEqual(exchange?.operation, name);
    // botocore and the SDK fill in a client token where there is none.
    const { clientToken, ...sent } = exchange.request;
    const expected = { ...(clientToken !== undefined && { clientToken }), ...this.#withoutDropped(input) };
    deepStrictEqual({ ...(clientToken !== undefined && { clientToken }), ...sent }, asOnWire(expected));
    for (const path of pathsIn(exchange.request)) this.seen.add(`${name} request ${path}`);
    return output;
  }

  /** A call whose last request was answered: for the others see {@link before}. */
  answeredLast(answer: Answer): Record<string, unknown> {
    const { operation: name, status, body } = this.#take();
    strictEqual(status, 200);
    const valid = this.#outputs[name];
    ok(valid(body), `the service model does not allow the answer: ${JSON.stringify(valid.errors)}`);
    ok('output' in answer, `the client made an error of it: ${JSON.stringify(answer)}`);
    deepStrictEqual(answer.output, this.#withoutDropped(body as Record<string, unknown>));
    for (const path of pathsIn(answer.output)) this.seen.add(`${name} response ${path}`);
    return answer.output;
  }

  /** A call of one request that was refused, with an error that the service model has for the operation. */
  refused(name: ImportOperation, error: string, answer: Answer): void {
    const { operation: called, status, body, error: type } = this.#take();
    strictEqual(this.#before.length, 0, 'one request was expected');
    const known = this.#errors.get(error);
    ok(known, `${error} is no error of the service model`);
    deepStrictEqual({ called, status, type }, { called: name, status: known.status, type: error });
    ok(known.valid(body), `the service model does not allow the body: ${JSON.stringify(known.valid.errors)}`);
    deepStrictEqual(answer, { error: { name: error, message: (body as { message: string }).message } });
    this.seen.add(`${name} error ${error}`);
  }

  /** The requests before the last one of the latest call. */
  before(): readonly Exchange[] {
    return this.#before;
  }

  #last: Exchange | undefined;

  #take(): Exchange {
    const exchanges = this.#wire.take();
    this.#before = exchanges.slice(0, -1);
    this.#last = exchanges.at(-1);
    if (!this.#last) throw new Error('no request came');
    return this.#last;
  }

  #withoutDropped(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !this.#dropped.includes(name))
        .map(([name, below]) => [
          name,
          name === 'jobProperties' ? this.#withoutDropped(below as Record<string, unknown>) : below,
        ]),
    );
  }
}

/** Numbers are text in a query, and no request has them in its body. */
function asOnWire(input: Input): Input {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
  );
}
