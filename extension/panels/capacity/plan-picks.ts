import * as vscode from 'vscode';
import { meters } from '../../../runtime/capacity/meters.ts';
import type { MeterKey } from '../../../runtime/contracts/prices.ts';
import { answered } from '../../commands/register.ts';
import { t } from '../../l10n.ts';
import type { CapacitySession } from './capacity-session.ts';
import type { PlanBook, StoredPlan } from './plan-book.ts';
import { planName } from './plan-name.ts';

type Item = vscode.QuickPickItem & { run?(): void | Promise<void> };

/** Asks which plan to show; or makes a new one, renames or deletes the one that is shown. */
export async function pickPlan({ plans }: CapacitySession): Promise<void> {
  const { current } = plans;
  const others: Item[] = [
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: t('$(add) New Plan'), run: () => plans.show(plans.add()) },
    { label: t('$(copy) Copy of {0}', titleOf(plans, current)), run: () => plans.show(plans.add(current)) },
    { label: t('$(edit) Rename {0}…', titleOf(plans, current)), run: () => rename(plans, current) },
    ...(plans.plans.length > 1
      ? [{ label: t('$(trash) Delete {0}', titleOf(plans, current)), run: () => plans.remove(current.id) }]
      : []),
  ];
  const items: Item[] = [...planItems(plans, plans.plans, (id) => plans.show(id)), ...others];
  const chosen = answered(await vscode.window.showQuickPick(items, { title: t('Plans'), matchOnDescription: true }));
  await chosen.run?.();
}

/** Asks which plan is put beside the current one. */
export async function pickCompared({ plans }: CapacitySession): Promise<void> {
  const { current } = plans;
  const others = plans.plans.filter(({ id }) => id !== current.id);
  const items: Item[] = [
    {
      label: t('$(copy) A copy of {0}, to change', titleOf(plans, current)),
      run: () => plans.compareWith(plans.add(current)),
    },
    ...planItems(plans, others, (id) => plans.compareWith(id)),
  ];
  const title = t('Compare {0} with', titleOf(plans, current));
  await answered(await vscode.window.showQuickPick(items, { title })).run?.();
}

/** Asks for one of the prices that a plan lacks, and for what it is. */
export async function enterPrice(session: CapacitySession, planId: string): Promise<void> {
  const { plan } = session.whole(planId);
  const items = plan.total.unknown.map((meter) => ({
    label: meters[meter].meterName,
    description: t('{0}, per {1}', meters[meter].service, meters[meter].unit),
    meter,
  }));
  const title = t('Which price do you know?');
  const { meter, label } = answered(await vscode.window.showQuickPick(items, { title, matchOnDescription: true }));
  session.setPrice(planId, meter, await askPrice(meter), t('your price of {0}', label));
}

async function askPrice(meter: MeterKey): Promise<number> {
  const text = await vscode.window.showInputBox({
    title: meters[meter].meterName,
    prompt: t('USD per {0}', meters[meter].unit),
    validateInput: (value) => (priceOf(value) === undefined ? t('A number from 0 on, with a point.') : undefined),
  });
  return priceOf(answered(text))!;
}

function priceOf(text: string): number | undefined {
  const price = Number(text);
  return text.trim() !== '' && Number.isFinite(price) && price >= 0 ? price : undefined;
}

function planItems(plans: PlanBook, some: readonly StoredPlan[], run: (id: string) => void): Item[] {
  return some.map((plan) => ({
    label: `$(layers) ${titleOf(plans, plan)}`,
    description: planName(plan),
    run: () => run(plan.id),
  }));
}

async function rename(plans: PlanBook, plan: StoredPlan): Promise<void> {
  const value = planName(plan);
  const prompt = t('Empty: it is called by what it has of its own.');
  const name = answered(await vscode.window.showInputBox({ title: t('Name of the Plan'), value, prompt })).trim();
  plans.change(plan.id, { name: name === '' ? null : name.slice(0, 100) });
}

const titleOf = (plans: PlanBook, { id }: StoredPlan) => t('Plan {0}', plans.letterOf(id));
