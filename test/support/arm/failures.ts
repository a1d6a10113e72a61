/**
 * The twelve ways in which the stand-in for Azure Resource Manager fails, and a build that fails. Codes and bodies are Azure's
 * (learn.microsoft.com, azure-resource-manager/troubleshooting/common-deployment-errors).
 */
export const failureKinds = [
  'quota',
  'name_taken',
  'policy',
  'throttled',
  'expired_token',
  'conflict',
  'partial',
  'cancelled',
  'network',
  'forbidden',
  'region',
  'provider',
  'image',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface ArmErrorBody {
  code: string;
  message: string;
  details?: ArmErrorBody[];
}

export interface Refusal {
  status: number;
  error: ArmErrorBody;
  retryAfterS?: number;
}

/** What the request is about, as far as a scripted failure cares. */
export type Moment = 'any' | 'group' | 'validate' | 'put';

/** Whole requests that are refused. `running`: a deployment is on its way. */
export function refusalOf(kind: FailureKind | undefined, moment: Moment, running: boolean): Refusal | undefined {
  switch (kind) {
    case 'throttled':
      return refuse(429, 'SubscriptionRequestsThrottled', 'Number of requests for subscription exceeded the limit.', 0);
    case 'expired_token':
      return running
        ? refuse(
            401,
            'ExpiredAuthenticationToken',
            'The access token expiry UTC time is earlier than current UTC time.',
          )
        : undefined;
    case 'forbidden':
      return moment === 'any'
        ? undefined
        : refuse(
            403,
            'AuthorizationFailed',
            "The client 'ada@contoso.com' does not have authorization to perform action 'Microsoft.Resources/deployments/write'.",
          );
    case 'conflict':
      return moment === 'put'
        ? refuse(409, 'DeploymentActive', 'The deployment cannot be saved, because this would overwrite an active one.')
        : undefined;
    case 'policy':
      return moment === 'validate'
        ? invalid(
            'RequestDisallowedByPolicy',
            "Resource 'boardroom-runtime' was disallowed by policy 'No public ingress'.",
          )
        : undefined;
    case 'region':
      return moment === 'validate'
        ? invalid(
            'LocationNotAvailableForResourceType',
            "The provided location 'antarctica' is not available for resource type 'Microsoft.App/managedEnvironments'.",
          )
        : undefined;
    case 'provider':
      return moment === 'validate'
        ? refuse(
            409,
            'MissingSubscriptionRegistration',
            "The subscription is not registered to use namespace 'Microsoft.App'.",
          )
        : undefined;
    default:
      return undefined;
  }
}

/** Resources of a deployment that cannot be created: their type, and why. */
export const resourceFailures: Partial<Record<FailureKind, { type: string; status: string; error: ArmErrorBody }>> = {
  quota: {
    type: 'Microsoft.App/managedEnvironments',
    status: 'Conflict',
    error: {
      code: 'ResourceDeploymentFailure',
      message: 'The resource write operation failed to complete successfully.',
      details: [
        { code: 'QuotaExceeded', message: 'The subscription has used all 0 of its quota of Consumption NCA100 GPUs.' },
      ],
    },
  },
  name_taken: {
    type: 'Microsoft.Storage/storageAccounts',
    status: 'Conflict',
    error: { code: 'StorageAccountAlreadyTaken', message: 'The storage account named boardroom is already taken.' },
  },
  partial: {
    type: 'Microsoft.ServiceBus/namespaces',
    status: 'InternalServerError',
    error: { code: 'InternalServerError', message: 'The service was unable to process the request. Tracking id 4711.' },
  },
};

const refuse = (status: number, code: string, message: string, retryAfterS?: number): Refusal => ({
  status,
  error: { code, message },
  ...(retryAfterS !== undefined && { retryAfterS }),
});

const invalid = (code: string, message: string): Refusal => ({
  status: 400,
  error: {
    code: 'InvalidTemplateDeployment',
    message: "The template deployment failed with multiple errors: 'see details'.",
    details: [{ code, message }],
  },
});
