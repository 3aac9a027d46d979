import aslService from 'amazon-states-language-service';
import validate from 'asl-validator';
import type { Definition } from '../../../local/definition.ts';

/** What two validators find in a definition: each finds what the other misses. */
export async function aslProblems(definition: Definition): Promise<string[]> {
  // The first adds to what it is given.
  const byValidator = validate(structuredClone(definition)).errors.map(({ Message }) => Message);
  const service = aslService.getLanguageService({});
  const document = aslService.TextDocument.create('x.asl.json', 'asl', 1, JSON.stringify(definition));
  const problems = await service.doValidation(document, service.parseJSONDocument(document));
  const byService = problems.map(({ message }) => (typeof message === 'string' ? message : message.value));
  return [
    ...byValidator.map((problem) => `asl-validator: ${problem}`),
    ...byService.map((problem) => `amazon-states-language-service: ${problem}`),
  ];
}
