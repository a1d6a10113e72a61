import type { ErrorCode } from '../contracts/errors.ts';
import { AosError, isAbort, isAosError, messageOf } from '../core/errors.ts';
import { type ArmCause, ArmError } from './arm-error.ts';

interface Rule {
  /** Codes of Azure (learn.microsoft.com, azure-resource-manager/troubleshooting), or words of its message. */
  match: RegExp;
  code: ErrorCode;
  /** What happened and what to do, as the rest of a sentence. */
  advice: string;
}

/** The first that fits counts. */
const RULES: readonly Rule[] = [
  {
    match: /quota|MaxNumberOf\w+Exceeded|SubscriptionLimit/i,
    code: 'AOS_AZURE',
    advice:
      'a quota of the subscription is used up; ask for more in the portal (Quotas), choose another region, or use a model endpoint of your own',
  },
  {
    match:
      /AlreadyTaken|NameNotAvailable|NameUnavailable|NamespaceUnavailable|AlreadyInUse|WebsiteAlreadyExists|VaultAlreadyExists/i,
    code: 'AOS_AZURE',
    advice: 'a name is taken by somebody else in Azure; choose another name for the deployment',
  },
  {
    match: /FlagMustBeSetForRestore|SoftDeleted/i,
    code: 'AOS_AZURE',
    advice: 'a deleted key vault still keeps the name; purge it (az keyvault purge), or choose another name',
  },
  {
    match: /RequestDisallowedBy(Policy|Azure)/i,
    code: 'AOS_FORBIDDEN',
    advice: 'a policy of the organization forbids it; ask its administrator for an exemption, or choose what it allows',
  },
  {
    match: /Throttled|TooManyRequests|HTTP 429/i,
    code: 'AOS_AZURE',
    advice: 'Azure takes no more requests of this subscription for now; wait a little, then try again',
  },
  {
    match: /ExpiredAuthenticationToken|InvalidAuthenticationToken|AuthenticationFailed|HTTP 401/i,
    code: 'AOS_UNAUTHORIZED',
    advice: 'the sign-in to Azure is no longer valid; sign in again',
  },
  {
    match: /AuthorizationFailed|LinkedAuthorizationFailed|InvalidAuthorization|HTTP 403/i,
    code: 'AOS_FORBIDDEN',
    advice:
      'you have no right to do this; ask for the roles Contributor and Role Based Access Control Administrator on the subscription or the resource group',
  },
  {
    match: /MissingSubscriptionRegistration|NoRegisteredProviderFound|SubscriptionNotRegistered/i,
    code: 'AOS_AZURE',
    advice:
      'the subscription has not registered a service it needs; run az provider register for it, or ask an owner to',
  },
  {
    match:
      /LocationNotAvailable|SkuNotAvailable|NoSuchLocation|RegionNotSupported|WorkloadProfile\w*(Invalid|NotSupported)/i,
    code: 'AOS_AZURE',
    advice: 'the region does not have what the deployment needs; choose another region',
  },
  {
    match: /ResourceGroupNotFound/i,
    code: 'AOS_NOT_FOUND',
    advice: 'there is no such resource group in the subscription; name another one',
  },
  {
    match: /ResourceGroupBeingDeleted/i,
    code: 'AOS_STATE_CONFLICT',
    advice: 'the resource group is being deleted; wait until it is gone, or choose another one',
  },
  {
    match: /DeploymentActive|AnotherOperationInProgress|OperationInProgress/i,
    code: 'AOS_STATE_CONFLICT',
    advice: 'another deployment is at work there; wait until it has ended, then deploy again',
  },
  {
    match: /Cancell?ed/i,
    code: 'AOS_CANCELLED',
    advice: 'it was cancelled; what was created until then stays, and deploying again goes on from there',
  },
  {
    match: /ImagePull|MANIFEST_UNKNOWN|failed to pull image/i,
    code: 'AOS_AZURE',
    advice: 'the image could not be pulled; deploy again, so that it is built anew',
  },
  {
    match: /InvalidTemplate/i,
    code: 'AOS_AZURE',
    advice: 'Azure does not accept the template; report this with what Azure says',
  },
  {
    match: /InternalServerError|ServiceUnavailable|Timeout|HTTP 5\d\d/i,
    code: 'AOS_AZURE',
    advice: 'a service of Azure has failed; deploy again, which goes on from what is there',
  },
];

const NETWORK_CODES =
  /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_\w+|REQUEST_SEND_ERROR)$/;

const ruleOf = (causes: readonly ArmCause[]) => {
  for (const cause of causes) {
    const rule =
      RULES.find(({ match }) => match.test(cause.code)) ?? RULES.find(({ match }) => match.test(cause.message));
    if (rule) return { cause, rule };
  }
  return undefined;
};

/** What to do about a cause; null if nobody knows. */
export function adviceFor(causes: readonly ArmCause[]): string | null {
  const advice = ruleOf(causes)?.rule.advice;
  return advice === undefined ? null : `${advice[0]?.toUpperCase()}${advice.slice(1)}.`;
}

/**
 * One sentence that says what happened and what to do, and then what Azure says.
 * @param what of ours did not work: `The deployment failed`
 * @param begun name of a deployment that Azure has taken: it may go on there
 */
export function explain(error: unknown, what: string, begun?: string): AosError {
  if (isAosError(error)) return error;
  const goesOn = begun === undefined ? '' : ` It goes on in Azure: follow ${begun} later, or deploy again.`;
  if (error instanceof ArmError) {
    const found = ruleOf(error.causes);
    const cause = found?.cause ?? error.causes[0]!;
    const advice = found?.rule.advice ?? 'Azure gives the reason below; deploy again when it is gone';
    const wait = error.retryAfterMs ? ` (in ${Math.ceil(error.retryAfterMs / 1000)} s)` : '';
    return new AosError(
      found?.rule.code ?? 'AOS_AZURE',
      `${what}: ${advice}${wait}.${goesOn} Azure says: ${cause.message} (${cause.code})`,
      { cause: error, details: { azure_code: cause.code, retry_after_ms: error.retryAfterMs } },
    );
  }
  if (isAbort(error)) return new AosError('AOS_CANCELLED', `${what}: it was cancelled.`, { cause: error });
  if (isNotSignedIn(error)) {
    return new AosError(
      'AOS_UNAUTHORIZED',
      `${what}: nobody is signed in to Azure here; sign in, in a terminal with az login, and try again.`,
      { cause: error },
    );
  }
  if (isNetwork(error)) {
    return new AosError(
      'AOS_AZURE',
      `${what}: Azure cannot be reached; check the network and the proxy, then try again.${goesOn} (${messageOf(error)})`,
      { cause: error },
    );
  }
  return new AosError('AOS_INTERNAL', `${what}: ${messageOf(error)}`, { cause: error });
}

/** As the credentials of @azure/identity say that they have no token. */
const isNotSignedIn = (error: unknown) =>
  error instanceof Error &&
  /^(CredentialUnavailable|AggregateAuthentication|Authentication(Required)?)Error$/.test(error.name);

/** No answer came at all. */
export function isNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && NETWORK_CODES.test(code)) return true;
  return error.cause !== undefined && isNetwork(error.cause);
}
