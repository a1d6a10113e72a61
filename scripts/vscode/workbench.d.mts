import type { Browser, Page } from 'playwright-core';

export function startBrowser(): Promise<Browser>;
export function workbenchUrl(server: { url: string }, folder?: string, payload?: [string, string][]): string;
export function loadExtension(page: Page, extension: string): Promise<unknown>;
