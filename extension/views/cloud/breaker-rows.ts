import type { BreakerView, ReplicaView } from '../../../runtime/contracts/http.ts';
import { formatCount, formatPlural } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';
import { type CloudRow, joined } from './cloud-row.ts';

/** Worst first. */
const STATES = ['open', 'half_open', 'closed'] as const;
const FACES = {
  open: { icon: 'circle-slash', color: 'testing.iconFailed' },
  half_open: { icon: 'circle-large-outline', color: 'list.warningForeground' },
  closed: { icon: 'pass', color: 'charts.green' },
} as const;

interface OneBreaker extends BreakerView {
  replica: string;
}

/** A breaker as all replicas together see it: each has its own, and the worst one is what a person must know. */
export interface SharedBreaker {
  name: string;
  state: BreakerView['state'];
  /** Worst first. */
  members: readonly OneBreaker[];
}

/** The breakers by name, open ones first. */
export function sharedBreakers(replicas: readonly ReplicaView[]): SharedBreaker[] {
  const all = replicas.flatMap(({ replica, breakers }) => breakers.map((breaker) => ({ ...breaker, replica })));
  const byName = Map.groupBy(all, ({ name }) => name);
  return [...byName]
    .map(([name, members]) => {
      const sorted = [...members].sort((a, b) => rank(a.state) - rank(b.state));
      return { name, state: sorted[0]!.state, members: sorted };
    })
    .sort((a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name, 'en'));
}

/** @param agoMs how old what the replicas told is: countdowns go on from there */
export function breakersGroup(replicas: readonly ReplicaView[], agoMs: number): CloudRow {
  const breakers = sharedBreakers(replicas);
  const counts = STATES.map((state) => ({ state, count: breakers.filter((one) => one.state === state).length }));
  const listed = counts.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${stateWord(state)}`);
  const attention = breakers.some(({ state }) => state !== 'closed');
  return {
    id: 'breakers',
    label: t('Breakers'),
    description: attention ? listed.join(' · ') : breakers.length > 0 ? t('all closed') : t('none'),
    icon: 'shield',
    ...(attention ? { color: 'list.warningForeground' } : {}),
    children: breakers.map((breaker) => breakerRow(breaker, agoMs)),
  };
}

function breakerRow({ name, state, members }: SharedBreaker, agoMs: number): CloudRow {
  const worst = members[0]!;
  const ill = members.filter((member) => member.state === state);
  const partly = state !== 'closed' && ill.length < members.length;
  return {
    id: `breaker:${name}`,
    label: name,
    description: joined(
      stateWord(state),
      partly && t('on {0}', ill.map(({ replica }) => replica).join(', ')),
      progressOf(worst, agoMs),
      state !== 'closed' && worst.last_error !== null && firstLine(worst.last_error),
    ),
    ...FACES[state],
    context: `breaker:${state.replace('_', '-')}`,
    details: members.map((member) =>
      joined(
        `${member.replica}: ${stateWord(member.state)}`,
        progressOf(member, agoMs),
        member.last_error !== null && t('last error: {0}', member.last_error),
      ),
    ),
  };
}

/** What happens next with it: `next attempt in 42 s`, `probing`, `0 of 5 failures`. */
function progressOf({ state, failures, failure_threshold, next_attempt_ms }: BreakerView, agoMs: number) {
  switch (state) {
    case 'open':
      return t('next attempt in {0}', secondsLeft((next_attempt_ms ?? 0) - agoMs));
    case 'half_open':
      return t('probing');
    case 'closed':
      return t('{0} of {1}', formatCount(failures), formatPlural(failure_threshold, 'failure'));
  }
}

function stateWord(state: BreakerView['state']): string {
  return { open: t('open'), half_open: t('half-open'), closed: t('closed') }[state];
}

const rank = (state: BreakerView['state']) => STATES.indexOf(state);
const secondsLeft = (ms: number) => `${Math.max(0, Math.ceil(ms / 1000))} s`;
const firstLine = (text: string) => text.split('\n')[0] ?? '';
