import { workerData } from 'node:worker_threads';

// The thread of one function, whose clock jumps with that of the part.
const now = Date.now;
Date.now = () => now() + Number(Atomics.load(workerData.ahead, 0));
await import('../../../local/function-worker.ts');
