import type { TestPlan, TestPlanItem } from '../contracts/load-test.ts';
import { COUNTER } from './test-plan.ts';

const RAMP_UP_S = 1;

/**
 * The plan as a JMeter 5 test plan: a thread group for each item, all at the same time, each for its duration, with the
 * body sent as it is. JMeter, and Azure Load Testing with `testType: JMX`, run it.
 */
export function toJmx(plan: TestPlan): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<jmeterTestPlan version="1.2" properties="5.0" jmeter="5.6.3">
  <hashTree>
    <TestPlan guiclass="TestPlanGui" testclass="TestPlan" testname="${xml(plan.name)}" enabled="true">
      <boolProp name="TestPlan.functional_mode">false</boolProp>
      <boolProp name="TestPlan.serialize_threadgroups">false</boolProp>
      <elementProp name="TestPlan.user_defined_variables" elementType="Arguments" guiclass="ArgumentsPanel" testclass="Arguments" testname="User Defined Variables" enabled="true">
        <collectionProp name="Arguments.arguments"/>
      </elementProp>
    </TestPlan>
    <hashTree>
${plan.items.map(threadGroup).join('\n')}
    </hashTree>
  </hashTree>
</jmeterTestPlan>
`;
}

function threadGroup(item: TestPlanItem): string {
  const name = xml(item.name);
  return `      <ThreadGroup guiclass="ThreadGroupGui" testclass="ThreadGroup" testname="${name}" enabled="true">
        <stringProp name="ThreadGroup.on_sample_error">continue</stringProp>
        <elementProp name="ThreadGroup.main_controller" elementType="LoopController" guiclass="LoopControlPanel" testclass="LoopController" testname="Loop Controller" enabled="true">
          <boolProp name="LoopController.continue_forever">false</boolProp>
          <intProp name="LoopController.loops">-1</intProp>
        </elementProp>
        <stringProp name="ThreadGroup.num_threads">${item.threads}</stringProp>
        <stringProp name="ThreadGroup.ramp_time">${RAMP_UP_S}</stringProp>
        <boolProp name="ThreadGroup.scheduler">true</boolProp>
        <stringProp name="ThreadGroup.duration">${Math.ceil(item.duration)}</stringProp>
        <stringProp name="ThreadGroup.delay">0</stringProp>
        <boolProp name="ThreadGroup.same_user_on_next_iteration">true</boolProp>
      </ThreadGroup>
      <hashTree>
${sampler(item, name)}
      </hashTree>`;
}

function sampler({ endpoint, method, body }: TestPlanItem, name: string): string {
  const { protocol, hostname, port, pathname, search } = new URL(endpoint);
  return `        <HTTPSamplerProxy guiclass="HttpTestSampleGui" testclass="HTTPSamplerProxy" testname="${name}" enabled="true">
          <boolProp name="HTTPSampler.postBodyRaw">${body !== undefined}</boolProp>
          <elementProp name="HTTPsampler.Arguments" elementType="Arguments">
            <collectionProp name="Arguments.arguments">${body === undefined ? '' : rawBody(body)}</collectionProp>
          </elementProp>
          <stringProp name="HTTPSampler.domain">${xml(hostname)}</stringProp>
          <stringProp name="HTTPSampler.port">${port}</stringProp>
          <stringProp name="HTTPSampler.protocol">${protocol.replace(':', '')}</stringProp>
          <stringProp name="HTTPSampler.path">${xml(pathname + search)}</stringProp>
          <stringProp name="HTTPSampler.method">${method}</stringProp>
          <boolProp name="HTTPSampler.follow_redirects">true</boolProp>
          <boolProp name="HTTPSampler.use_keepalive">true</boolProp>
        </HTTPSamplerProxy>
        <hashTree>
          <HeaderManager guiclass="HeaderPanel" testclass="HeaderManager" testname="Headers" enabled="true">
            <collectionProp name="HeaderManager.headers">
              <elementProp name="" elementType="Header">
                <stringProp name="Header.name">content-type</stringProp>
                <stringProp name="Header.value">application/json</stringProp>
              </elementProp>
            </collectionProp>
          </HeaderManager>
          <hashTree/>
        </hashTree>`;
}

function rawBody(body: string): string {
  // JMeter's own counter; FALSE: one for all threads, as ours is.
  const text = body.replaceAll(COUNTER, () => '$' + '{__counter(FALSE,)}');
  return `
              <elementProp name="" elementType="HTTPArgument">
                <boolProp name="HTTPArgument.always_encode">false</boolProp>
                <stringProp name="Argument.value">${xml(text)}</stringProp>
                <stringProp name="Argument.metadata">=</stringProp>
              </elementProp>
            `;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for an XML element or attribute. */
export const xml = (text: string): string => text.replace(/[&<>"']/g, (mark) => ENTITIES[mark]!);
