import { t } from '../l10n.ts';

/**
 * What is wrong with the address of a runtime; undefined: nothing. Its token goes there, so that it must be encrypted on the
 * way, unless it does not leave this machine.
 */
export function addressProblem(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    return t('An address begins with https://, as https://aos.example.com.');
  if (url.username !== '' || url.password !== '')
    return t('The address holds no password: the token is asked for next.');
  if (url.protocol === 'http:' && !isLoopback(url.href))
    return t('An address that is not on this machine begins with https://.');
  return undefined;
}

/** Whether an address can only be this machine: no one else reads what goes there, nor bears its load. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
