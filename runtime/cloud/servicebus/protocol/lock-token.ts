import { randomBytes } from 'node:crypto';

/**
 * Lock tokens as GUIDs. Inside the broker a token is a number; outside it is 16 bytes: 8 random ones per run, so that a
 * token of another run fits nothing, and the number. In delivery tags the bytes stand in .NET's GUID order (the first
 * three groups little-endian); in `$management` the same token is an AMQP uuid in RFC 4122 order.
 */
export class LockTokens {
  readonly #prefix = randomBytes(8);
  readonly #tagPrefix = swapGroups(this.#prefix);

  toTag(token: number): Buffer {
    return join(this.#tagPrefix, token);
  }

  toUuid(token: number): Buffer {
    return join(this.#prefix, token);
  }

  /** The token's number, or undefined if the uuid is none of this run. */
  fromUuid(uuid: Buffer): number | undefined {
    return uuid.length === 16 && this.#prefix.equals(uuid.subarray(0, 8)) ? Number(uuid.readBigUInt64BE(8)) : undefined;
  }
}

function join(prefix: Buffer, token: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  prefix.copy(bytes);
  bytes.writeUInt32BE(Math.floor(token / 0x1_0000_0000), 8);
  bytes.writeUInt32BE(token % 0x1_0000_0000, 12);
  return bytes;
}

/** Groups of 4, 2 and 2 bytes, each turned round. */
function swapGroups(b: Buffer): Buffer {
  return Buffer.from([3, 2, 1, 0, 5, 4, 7, 6].map((index) => b[index]!));
}
