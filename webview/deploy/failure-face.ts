import type { DeployAction, DeployTarget, FaceOf } from '../../runtime/contracts/deploy-panel.ts';
import type { Operation } from '../../runtime/contracts/deploy-process.ts';
import { t } from '../l10n.ts';
import { shortName } from './preview-rows.ts';

/** How a failure is told, and what can be done: the likeliest first. */
export interface FailureFace {
  title: string;
  detail: string;
  /** Azure's own words. */
  azure: { code: string; message: string; resourceId: string } | null;
  ways: Way[];
}

export interface Way {
  action: DeployAction | 'deployAgain';
  label: string;
}

type Failed = FaceOf<'failed'>;

export function failureFace({ during, failure, operations }: Failed, target: DeployTarget | null): FailureFace {
  const failed = operations.find(({ state, error }) => state === 'failed' && error !== null);
  const code = failed?.error?.code ?? failure.code;
  return {
    title: titleOf(during, failed),
    detail: failed?.error?.advice ?? failure.message,
    azure: failed?.error
      ? { code: failed.error.code, message: failed.error.message, resourceId: failed.resource_id }
      : null,
    ways: waysOf(`${code} ${failed ? '' : failure.message}`, target, failed),
  };
}

function titleOf(during: Failed['during'], failed: Operation | undefined): string {
  if (failed) return t('{0} was not created.', shortName(failed.name));
  if (during === 'check') return t('Azure did not accept this deployment.');
  return during === 'delete' ? t('Not everything was deleted.') : t('The deployment stopped.');
}

/** @param cause the error's code, or a message that names it */
function waysOf(cause: string, target: DeployTarget | null, failed: Operation | undefined): Way[] {
  const way = (action: Way['action'], label: string): Way => ({ action, label });
  const otherRegion = way('otherRegion', t('Choose Another Region…'));
  const again = way('deployAgain', t('Deploy Again'));
  const log = way('showLog', t('Show Log'));
  if (/quota/i.test(cause)) {
    const ofGpu =
      target?.choice.model.kind === 'lorax' && (failed === undefined || /lorax|environment/.test(failed.name));
    return [
      way('requestQuota', t('Request Quota')),
      ...(ofGpu ? [way('ownEndpoint', t('Use My Own Endpoint…'))] : []),
      otherRegion,
    ];
  }
  if (/AuthorizationFailed|AOS_FORBIDDEN|Forbidden/.test(cause)) {
    return [
      way('copyAdminRequest', t('Copy Request for Your Administrator')),
      way('otherSubscription', t('Choose Another Subscription…')),
    ];
  }
  if (/AOS_UNAUTHORIZED|sign.?in|signed in/i.test(cause)) return [way('check', t('Try Again')), log];
  if (/(Already(Taken|Exists|InUse))|NameNotAvailable|NameUnavailable|NameInUse|name .*taken/i.test(cause))
    return [way('otherName', t('Choose Another Name…'))];
  if (/SkuNotAvailable|LocationNotAvailable|NotAvailableInRegion|LocationNotSupported/i.test(cause))
    return [otherRegion];
  if (/RequestDisallowedByPolicy|PolicyViolation/i.test(cause))
    return [way('showPolicy', t('Show Policy')), otherRegion];
  if (/image|manifest|registry/i.test(cause)) return [log, again];
  return [log, way('reportIssue', t('Report Issue…'))];
}
