import { strictEqual } from 'node:assert';
import type { Part } from '../part.ts';
import { importService } from './service-model.ts';

export const part: Part = {
  proves: "the simulator and the contract know all that AWS's newest service model has for import jobs",
  async run({ report }) {
    const service = await importService();
    await report.check('the protocol is the one that the simulator speaks', () => {
      strictEqual(service.metadata.protocol, 'rest-json');
    });
  },
};
