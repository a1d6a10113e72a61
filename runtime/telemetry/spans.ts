/** Names of span attributes: OpenTelemetry's for generative AI, and those of the AOS kernel. */
export const spanAttributes = {
  operation: 'gen_ai.operation.name',
  agentId: 'gen_ai.agent.id',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  provider: 'gen_ai.provider.name',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  conversationId: 'gen_ai.conversation.id',
  orchestrationId: 'aos.orchestration.id',
  orchestrationPurpose: 'aos.orchestration.purpose',
  orchestrationWorkflow: 'aos.orchestration.workflow',
} as const;

/** `invoke_agent ceo` */
export const agentSpanName = (operation: string, agentId: string) => `${operation} ${agentId}`;

/** `orchestration wf_7f3a` */
export const orchestrationSpanName = (id: string) => `orchestration ${id}`;
