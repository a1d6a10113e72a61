import { type Conditions, guideConditions } from '../../runtime/contracts/benchmark.ts';
import { t } from '../l10n.ts';

export interface ConditionRow {
  label: string;
  value: string;
  /** Empty: the guide does not say. */
  guide: string;
}

type GuideKey = keyof typeof guideConditions;
const GUIDE_KEYS = Object.keys(guideConditions) as GuideKey[];

/** Those that the guide names, then what a figure depends on besides. */
export function conditionRows(conditions: Conditions): ConditionRow[] {
  return [
    ...GUIDE_KEYS.map((key) => ({ label: conditionName(key), value: conditions[key], guide: guideConditions[key] })),
    { label: t('Engine'), value: `${conditions.engine} · ${conditions.model}`, guide: '' },
    { label: t('Replicas'), value: String(conditions.replicas), guide: '' },
    { label: t('AOS, Node'), value: `${conditions.aos_version}, ${conditions.node}`, guide: '' },
    { label: t('Commit'), value: conditions.commit?.slice(0, 12) ?? t('unknown'), guide: '' },
  ];
}

/** One line: the five conditions of the guide, as they were. */
export function conditionsLine(conditions: Conditions): string {
  return GUIDE_KEYS.map((key) => conditions[key]).join(' · ');
}

/** `5 of 5 conditions differ from the guide’s` */
export function differenceText(conditions: Conditions): string {
  const differing = GUIDE_KEYS.filter((key) => conditions[key] !== guideConditions[key]).length;
  return t('{0} of {1} conditions differ from the guide’s', differing, GUIDE_KEYS.length);
}

function conditionName(key: GuideKey): string {
  switch (key) {
    case 'infrastructure':
      return t('Infrastructure');
    case 'region':
      return t('Region');
    case 'load':
      return t('Load');
    case 'duration':
      return t('Duration');
    case 'network':
      return t('Network');
  }
}
