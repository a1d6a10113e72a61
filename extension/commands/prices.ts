import * as vscode from 'vscode';
import { regionNames } from '../../runtime/contracts/azure-regions.ts';
import type { CapacityNotice } from '../../runtime/contracts/capacity-panel.ts';
import { formatDay } from '../../runtime/contracts/figures.ts';
import { meterKeys } from '../../runtime/contracts/prices.ts';
import { isCancelled } from '../client/runtime-error.ts';
import { t } from '../l10n.ts';
import { openDesk } from '../panels/capacity/capacity-desk.ts';
import { isCapacityVisible } from '../panels/capacity/capacity-panel.ts';
import type { Studio } from '../studio.ts';
import { abortSignalOf } from './cancellation.ts';

/** Asks Azure for the prices of the plan's region and keeps a dated copy. A failure leaves the old prices in force and says so. */
export async function refreshPrices(studio: Studio): Promise<void> {
  const { prices, session } = await openDesk(studio);
  const { region } = session;
  if (prices.isRefreshing(region)) return;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: t('Asking Azure for the prices of {0}', regionNames[region]),
    cancellable: true,
  };
  const notice = await vscode.window.withProgress(options, async (_, token): Promise<CapacityNotice> => {
    try {
      const { changed } = await prices.refresh(region, abortSignalOf(token));
      const text = t('{0} of {1} prices changed.', changed.length, meterKeys.length);
      return { kind: 'info', text, undo: false };
    } catch (error) {
      if (isCancelled(error)) throw error;
      studio.log.error('capacity', 'The prices could not be refreshed.', error);
      return { kind: 'warning', text: failureText(prices.bookOf(region).as_of), undo: false };
    }
  });
  session.tell(notice);
  if (isCapacityVisible()) return;
  if (notice.kind === 'warning') void vscode.window.showWarningMessage(notice.text);
  else void vscode.window.showInformationMessage(notice.text);
}

function failureText(asOf: string | null): string {
  return asOf === null
    ? t('Couldn’t reach the price list. Only the GPU’s price is known.')
    : t('Couldn’t reach the price list. Still using {0}.', formatDay(asOf));
}
