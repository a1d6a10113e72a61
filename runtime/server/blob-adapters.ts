import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { BlobManager } from '../storage/blob-manager.ts';

/** ETags by the names of the blobs. */
type Listing = ReadonlyMap<string, string>;

/** One look into the container serves all adapters: Azure charges for each, and there may be a hundred of them. */
const LISTING_FRESH_MS = 1000;

/** Adapters that are kept in blob storage, brought to this machine for as long as this replica runs. */
export class BlobAdapters {
  readonly #blobs: BlobManager;
  readonly #clock: Clock;
  #folder: Promise<string> | undefined;
  #listed: { atMs: number; listing: Promise<Listing> } | undefined;
  /** ETags of the files on this machine, by their blobs. */
  readonly #here = new Map<string, string>();
  readonly #fetches = new Map<string, Promise<string>>();

  constructor(blobs: BlobManager, { clock = systemClock }: { clock?: Clock } = {}) {
    this.#blobs = blobs;
    this.#clock = clock;
  }

  /**
   * Brings an adapter here as it is in the container now; what is here already is not loaded again. The path stays the same,
   * and whoever reads a file there while it is replaced reads the old one to its end.
   * @param name of a blob, or of a folder of blobs
   * @returns the file, or the folder, on this machine
   * @throws AosError AOS_ADAPTER_NOT_FOUND, AOS_STORAGE
   */
  fetch(name: string): Promise<string> {
    const fetching = this.#fetches.get(name) ?? this.#fetch(name).finally(() => this.#fetches.delete(name));
    this.#fetches.set(name, fetching);
    return fetching;
  }

  async dispose(): Promise<void> {
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
  }

  async #fetch(name: string): Promise<string> {
    this.#folder ??= mkdtemp(path.join(os.tmpdir(), 'aos-adapters-'));
    const folder = await this.#folder;
    const there = await this.#find(name);
    for (const [blob, etag] of there) {
      if (this.#here.get(blob) !== etag && (await this.#bring(blob, folder))) this.#here.set(blob, etag);
    }
    const gone = [...this.#here.keys()].filter((blob) => isPartOf(blob, name) && !there.has(blob));
    for (const blob of gone) {
      await rm(fileOf(blob, folder), { force: true });
      this.#here.delete(blob);
    }
    return fileOf(name, folder);
  }

  /** The blobs that the adapter is made of. */
  async #find(name: string): Promise<Listing> {
    const find = async (options?: { anew: boolean }) =>
      new Map([...(await this.#list(options))].filter(([blob]) => isPartOf(blob, name) && isInside(blob)));
    const recent = await find();
    if (recent.size > 0) return recent;
    // It may have come since the last look.
    const there = await find({ anew: true });
    if (there.size > 0) return there;
    throw new AosError(
      'AOS_ADAPTER_NOT_FOUND',
      `There is no adapter ${name} in the blob container ${this.#blobs.container}. Upload it there, or correct its path.`,
    );
  }

  /** @returns false if the blob has gone meanwhile */
  async #bring(blob: string, folder: string): Promise<boolean> {
    const content = await this.#blobs.downloadStream(blob);
    if (!content) return false;
    const file = fileOf(blob, folder);
    const unnamed = path.join(folder, randomUUID());
    await pipeline(content, createWriteStream(unnamed));
    await mkdir(path.dirname(file), { recursive: true });
    await rename(unnamed, file);
    return true;
  }

  #list({ anew = false } = {}): Promise<Listing> {
    const nowMs = this.#clock.monotonic();
    if (!anew && this.#listed && nowMs - this.#listed.atMs < LISTING_FRESH_MS) return this.#listed.listing;
    const listing = this.#read();
    const listed = { atMs: nowMs, listing };
    this.#listed = listed;
    listing.catch(() => {
      if (this.#listed === listed) this.#listed = undefined;
    });
    return listing;
  }

  async #read(): Promise<Listing> {
    const etags = new Map<string, string>();
    for await (const { name, etag } of this.#blobs.list()) etags.set(name, etag);
    return etags;
  }
}

const isPartOf = (blob: string, name: string) => blob === name || blob.startsWith(`${name}/`);

/** Beside it are files that are not complete yet. */
const fileOf = (blob: string, folder: string) => path.join(folder, 'files', blob);

/** A blob's name may hold "..": nothing is written elsewhere. */
const isInside = (blob: string) => !path.normalize(blob).startsWith('..');
