import { deepStrictEqual } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from '../part.ts';
import { FOLLOWS_IMPORTS, WOKEN } from './follows-imports.ts';
import { LARGE_STATE } from './large-state.ts';
import { NEVER_MISSES, NEWS_BY_SWEEP } from './never-misses.ts';
import type { Scenarios } from './playing.ts';
import { InterpreterWorld, idOf } from './world.ts';

const FIRST: Scenarios = { ...WOKEN, ...NEWS_BY_SWEEP };
const THEN: Scenarios = { ...FOLLOWS_IMPORTS, ...NEVER_MISSES, ...LARGE_STATE };

export const part: Part = {
  proves: "the synthesized definition comes to the same verdicts in moto's interpreter of Step Functions",
  async run({ results, servers }) {
    const world = await InterpreterWorld.start(servers);
    try {
      const expected: string[] = [];
      for (const scenarios of [FIRST, THEN]) {
        const playing = Object.entries(scenarios).flatMap(([title, scenario]) => {
          if (typeof scenario === 'string') {
            console.log(`not played: ${title}: ${scenario}`);
            return [];
          }
          const played = world.clock.take(() => scenario(world));
          return [
            results.check(title, async () => {
              expected.push(...(await played));
            }),
          ];
        });
        await Promise.all(playing);
      }
      await results.check('nothing else was published, and nothing twice', async () => {
        await sleep(2000);
        deepStrictEqual(world.events.map(idOf).sort(), expected.sort());
        deepStrictEqual(world.emails.length, expected.length);
      });
      await results.check('the state machine called no other service', () =>
        deepStrictEqual(world.unanswered, []),
      );
    } finally {
      await world.stop();
    }
  },
};
