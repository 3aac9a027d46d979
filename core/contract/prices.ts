/** List prices in us-east-1, in dollars (AWS's pricing pages, 2026). */
export const PRICES = {
  transition: 0.025 / 1000,
  lambdaRequest: 0.2 / 1e6,
  /** Of a durable function. */
  durableOperation: 8 / 1e6,
  lambdaGBSecond: 0.0000133334,
  customEvent: 1 / 1e6,
  dynamoWrite: 0.625 / 1e6,
  /** A consistent read of an item of up to 4 KB. */
  dynamoRead: 0.125 / 1e6,
  snsPublish: 0.5 / 1e6,
  /** A month, for each metric that it looks at. */
  alarmMetric: 0.1,
  /** A month. */
  customMetric: 0.3,
  /** A trace of X-Ray that is recorded. */
  trace: 5 / 1e6,
  /** A GB of logs that is written. */
  logGB: 0.5,
  keyRequest: 0.03 / 10_000,
  /** A month; rotated keys of the first two years cost the same again. */
  key: 1,
  /** A month, beyond three of the account. */
  dashboard: 3,
} as const;
