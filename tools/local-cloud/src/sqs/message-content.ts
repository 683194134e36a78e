/** What characters a message may consist of: those of XML. */

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const FORBIDDEN_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** The first character that SQS refuses, as it is written in errors: `#x1F`. */
export function forbiddenCharacter(text: string): string | undefined {
  const found = FORBIDDEN_CHARACTER.exec(text)?.[0].codePointAt(0);
  return found === undefined ? undefined : `#x${found.toString(16).toUpperCase()}`;
}
