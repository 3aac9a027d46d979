import { parentPort, workerData } from 'node:worker_threads';

// The thread of one function: it holds the bundle and nothing but the function's own environment.
const { aheadMs = 0 } = workerData;
if (aheadMs > 0) {
  const wall = Date.now;
  Date.now = () => wall() + aheadMs;
}
const { handler } = await import(workerData.bundle);
parentPort?.on('message', async ({ id, payload }) => {
  try {
    parentPort?.postMessage({ id, result: (await handler(payload)) ?? null });
  } catch (error) {
    const { name, message } = error as Error;
    parentPort?.postMessage({ id, error: { name, message } });
  }
});
