import { environmentNames } from '../contracts/environment-names.ts';
import type { Draft } from './draft.ts';
import type { SourceObject } from './ledger.ts';
import { variableOf } from './secrets.ts';

type Connection = 'connections.service_bus' | 'connections.storage';

const OUR_VARIABLE: Record<Connection, string> = {
  'connections.service_bus': environmentNames.serviceBusConnectionString[0],
  'connections.storage': environmentNames.storageConnectionString[0],
};
/** Emulators, and the words that AOS itself took for "no cloud". */
const LOCAL = /UseDevelopment(Storage|Emulator)=true|AccountName=devstoreaccount1|^(test|mock|development)$/i;

/** A connection string of a settings file: a variable, or a value that is not taken over. */
export function importConnection(source: SourceObject, key: string, to: Connection, draft: Draft): void {
  const value = source.text(key);
  if (value === undefined) return;
  const variable = variableOf(value) ?? OUR_VARIABLE[to];
  if (LOCAL.test(value)) draft.set(source, key, to, 'embedded', 'the local cloud is embedded');
  else if (variableOf(value) !== undefined) connect(source, key, to, variable, draft);
  else
    connect(
      source,
      key,
      to,
      variable,
      draft,
      `its value is not taken over: it comes from ${variable} of the environment`,
    );
}

/** A variable with a connection string, in an environment file. */
export function importConnectionVariable(source: SourceObject, variable: string, to: Connection, draft: Draft): void {
  if (LOCAL.test(source.text(variable) ?? ''))
    draft.set(source, variable, to, 'embedded', 'the local cloud is embedded');
  else connect(source, variable, to, variable, draft);
}

function connect(
  source: SourceObject,
  key: string,
  to: Connection,
  variable: string,
  draft: Draft,
  change?: string,
): void {
  draft.set(source, key, to, `env:${variable}`, change);
  draft.ledger.remind(
    `Set ${variable} in the environment: ${to} reads it. Or write "embedded" there, for the local cloud.`,
  );
}
