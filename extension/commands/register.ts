import * as vscode from 'vscode';
import { isCancelled, isRuntimeError, messageOf } from '../client/runtime-error.ts';
import { t } from '../l10n.ts';
import { type CommandId, commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';

/** What must hold before a command runs; `when` clauses hide it, this refuses it. */
export interface CommandRules {
  trusted?: boolean;
  /** The runtime it is about: that of the row it was called with, else the one in use. */
  running?: boolean;
  /** The folder has an aos.json. */
  configured?: boolean;
}

type Handler = (...args: unknown[]) => unknown;

/**
 * Registers a command. Its errors become one notification with Show Log, what a person cancelled is no error, and every
 * failure is logged. The value of the handler is the value of the command.
 */
export function registerCommand(studio: Studio, id: CommandId, rules: CommandRules, handler: Handler): void {
  const run = async (...args: unknown[]) => {
    try {
      refuse(studio, rules, args[0]);
      return await handler(...args);
    } catch (error) {
      if (isCancelled(error)) return undefined;
      studio.log.error('commands', `${id} failed`, error);
      await showError(error);
      return undefined;
    }
  };
  studio.context.subscriptions.push(vscode.commands.registerCommand(id, run));
}

function refuse(studio: Studio, rules: CommandRules, target: unknown): void {
  const { trusted = false, running = false, configured = false } = rules;
  if (trusted && !vscode.workspace.isTrusted) {
    throw new Error(
      t('Agents run code from this folder, so AOS stays off until you trust it (Manage Workspace Trust).'),
    );
  }
  if (configured && !studio.folder.workspace.hasConfig) {
    throw new Error(t('This folder has no aos.json. Create one with AOS: Create aos.json.'));
  }
  if (running && studio.runtimeOf(target).state.kind !== 'running') {
    throw new Error(t('The runtime is not running. Start it with AOS: Start Runtime.'));
  }
}

async function showError(error: unknown): Promise<void> {
  const message = messageOf(error);
  const actions =
    isRuntimeError(error) && error.code === 'AOS_NOT_RUNNING' ? [t('Start Runtime'), t('Show Log')] : [t('Show Log')];
  // Not awaited by the command: a notification may stay for minutes.
  void vscode.window.showErrorMessage(message, ...actions).then((chosen) => {
    if (chosen === t('Show Log')) return vscode.commands.executeCommand(commands.showLog);
    if (chosen === t('Start Runtime')) return vscode.commands.executeCommand(commands.start);
    return undefined;
  });
}

/** The error of a question that a person left with Esc. */
export class Cancelled extends Error {
  override readonly name = 'Canceled';
}

/** The answer of a question. @throws Cancelled if there is none */
export function answered<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Cancelled();
  return answer;
}
