import { findOnPath } from '../lib/paths.mjs';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'chrome',
  'msedge',
];

/** The file of a Chromium-based browser: AOS_CHROMIUM, else the first known name on PATH. @returns {string | undefined} */
export function findBrowser() {
  return process.env.AOS_CHROMIUM || findOnPath(...NAMES);
}
