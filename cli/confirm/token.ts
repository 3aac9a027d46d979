/** What a confirmation email of SNS asks to be confirmed. */
export interface Confirmation {
  readonly token: string;
  /** Where the whole link was given. */
  readonly topicArn?: string;
}

/**
 * Reads a token, or the link of a confirmation email that holds one; also a link that a mail scanner has wrapped in one of
 * its own, as a query parameter.
 * @returns undefined where it is neither.
 */
export function parseConfirmation(text: string): Confirmation | undefined {
  const trimmed = text.trim();
  const link = URL.parse(trimmed);
  if (link === null) return /^[\w-]{16,}$/.test(trimmed) ? { token: trimmed } : undefined;
  const token = link.searchParams.get('Token');
  const topicArn = link.searchParams.get('TopicArn');
  if (token && topicArn) return { token, topicArn };
  for (const value of link.searchParams.values()) {
    const wrapped = /^https?:/.test(value) ? parseConfirmation(value) : undefined;
    if (wrapped) return wrapped;
  }
  return undefined;
}
