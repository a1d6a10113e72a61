/**
 * @typedef {object} LockFile package-lock.json, or what npm writes into node_modules when an installation is whole
 * @property {Record<string, {version?: string, optional?: boolean, link?: boolean}>} packages
 *
 * @typedef {object} Host
 * @property {string[]} needed packages that are optional in the lock file and that this machine cannot do without
 */

/**
 * Whether what is installed is what the lock file asks for, however it was installed. Optional packages are for other
 * platforms mostly, so they may be missing; those that are there must be of the right version.
 * @param {LockFile} lock
 * @param {LockFile} installed node_modules/.package-lock.json
 * @param {Host} host
 */
export function packagesMatch(lock, installed, { needed }) {
  const entries = Object.entries(lock.packages).filter(([place, { link }]) => place !== '' && !link);
  return entries.every(([place, { version, optional }]) => {
    const there = installed.packages[place];
    if (there) return there.version === version;
    return optional === true && !needed.includes(place.slice('node_modules/'.length));
  });
}
