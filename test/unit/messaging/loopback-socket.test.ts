import { describe, expect, it } from 'vitest';
import { emulatorPort } from '../../../runtime/messaging/loopback-socket.ts';

describe('emulatorPort', () => {
  it.each([
    ['Endpoint=sb://127.0.0.1:5673;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;', 5673],
    ['Endpoint=sb://localhost;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true', 5672],
    ['Endpoint=sb://aos.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b', undefined],
  ])('knows a broker of this machine: %s', (connectionString, port) => {
    expect(emulatorPort(connectionString)).toBe(port);
  });
});
