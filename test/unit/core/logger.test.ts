import { describe, expect, it } from 'vitest';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';

function logged(run: (logger: ReturnType<typeof createLogger>) => void): string {
  const records: LogRecord[] = [];
  run(createLogger({ scope: 'x', write: (record) => records.push(record) }));
  return JSON.stringify(records);
}

describe('Logger', () => {
  it('never writes a secret: connection strings, SAS signatures, bearer tokens, fields named like one', () => {
    const text = logged((log) => {
      log.info(
        'Endpoint=sb://localhost:5672;SharedAccessKeyName=Root;SharedAccessKey=aaaa1111=;UseDevelopmentEmulator=true',
      );
      log.info('GET https://x/y?sv=1&sig=bbbb2222&se=2');
      log.error('failed', { error: new Error('Bearer cccc3333', { cause: new Error('AccountKey=dddd4444;') }) });
      log.warn('x', { token: 'eeee5555', nested: { connectionString: 'ffff6666', list: ['AccountKey=gggg7777'] } });
    });
    expect(text).not.toMatch(/aaaa1111|bbbb2222|cccc3333|dddd4444|eeee5555|ffff6666|gggg7777/);
    expect(text).toContain('SharedAccessKeyName=Root');
  });

  it('leaves out what is below its level', () => {
    expect(logged((log) => log.debug('x'))).toBe('[]');
  });
});
