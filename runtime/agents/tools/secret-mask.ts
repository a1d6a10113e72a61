/** Shorter values are words or numbers that any text holds. */
const MIN_SECRET_LENGTH = 4;

/**
 * A function that takes known secrets out of a text. What a server writes to its log, or says when it fails, may repeat the
 * secrets it was started with, and both go on to logs and dead letters.
 */
export function maskOf(secrets: readonly string[]): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => long.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}
