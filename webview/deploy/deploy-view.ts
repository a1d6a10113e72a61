import type { DeployPanelContract, DeployState, DeployTarget } from '../../runtime/contracts/deploy-panel.ts';
import type { Params } from '../../runtime/contracts/panel-rpc.ts';
import { t } from '../l10n.ts';
import type { RpcClient } from '../rpc/client.ts';
import { createButton } from '../ui/button.ts';
import { type Child, h } from '../ui/elements.ts';
import { keepingFocus } from '../ui/keeping-focus.ts';
import type { FaceContext, FaceParts } from './face-parts.ts';
import { previewFace } from './preview-face.ts';
import { checkingFace, failedFace, progressFace, tickSince } from './progress-face.ts';
import { resultFace } from './result-face.ts';
import type { SavedState } from './saved-state.ts';

const TICK_MS = 1000;

type Requests = DeployPanelContract['requests'];

export interface DeployViewOptions {
  rpc: RpcClient<DeployPanelContract>;
  root: HTMLElement;
  state: DeployState;
  saved: SavedState;
  save(state: SavedState): void;
  onError(error: unknown): void;
}

/** The whole panel: one scroller with header, summary, the face that is shown, and footer. */
export class DeployView {
  readonly #options: DeployViewOptions;
  readonly #scroller = h('div', { class: 'scroller' });
  readonly #header = h('header', { class: 'bar' });
  readonly #bar = h('div', {
    class: 'progress',
    attributes: { role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' },
  });
  readonly #summary = h('div', { class: 'summary' });
  readonly #main = h('main');
  readonly #footer = h('footer');
  #state: DeployState;
  #saved: SavedState;

  constructor(options: DeployViewOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#saved = options.saved;
    this.#scroller.append(h('div', { class: 'top' }, this.#header, this.#bar, this.#summary), this.#main, this.#footer);
    options.root.replaceChildren(this.#scroller);
    options.rpc.on('state', (state) => this.#onState(state));
    this.#draw();
    this.#scroller.scrollTop = this.#saved.scrollTop;
    this.#scroller.addEventListener('scroll', () => this.#save({ scrollTop: this.#scroller.scrollTop }), {
      passive: true,
    });
    setInterval(() => this.#tick(), TICK_MS);
  }

  #onState(state: DeployState): void {
    const before = this.#state.face.kind;
    this.#state = state;
    // Another preview deletes other things: nothing of it is confirmed yet.
    if (before !== state.face.kind) this.#save({ confirmed: [], scrollTop: 0 });
    this.#draw();
    if (before !== state.face.kind) this.#scroller.scrollTop = 0;
  }

  #draw(): void {
    const { target } = this.#state;
    const parts = this.#parts();
    const { progress = null, failed = false } = parts;
    keepingFocus(this.#scroller, () => {
      fill(this.#header, [
        h('h1', { text: t('Deploy to Azure') }),
        target && targetText(target),
        h('span', { class: 'space' }),
        ...parts.tools,
      ]);
      fill(this.#summary, parts.summary);
      fill(this.#main, parts.content);
      fill(this.#footer, parts.footer);
    });
    this.#bar.classList.toggle('failed', failed);
    this.#bar.hidden = progress === null;
    this.#bar.style.setProperty('--share', String(progress ?? 0));
    this.#bar.setAttribute('aria-valuenow', String(Math.round((progress ?? 0) * 100)));
  }

  #parts(): FaceParts {
    const { face } = this.#state;
    const context = this.#context();
    switch (face.kind) {
      case 'none':
        return this.#nothing();
      case 'checking':
        return checkingFace(face, context);
      case 'preview':
        return previewFace(face, context);
      case 'progress':
        return progressFace(face, context);
      case 'failed':
        return failedFace(face, context);
      case 'result':
        return resultFace(face, context);
    }
  }

  #context(): FaceContext {
    const { confirmed } = this.#saved;
    return {
      target: this.#state.target,
      confirmed,
      actions: {
        act: (action) => this.#request('act', { action }),
        deploy: (ids) => this.#request('deploy', { confirmed: [...ids] }),
        copy: (text) => this.#request('copy', { text }),
        openLink: (url) => this.#request('openLink', { url }),
        confirm: (id, checked) => {
          const others = this.#saved.confirmed.filter((one) => one !== id);
          this.#save({ confirmed: checked ? [...others, id] : others });
          this.#draw();
        },
      },
    };
  }

  #nothing(): FaceParts {
    const choose = createButton({
      ...{ label: t('Choose Where…'), appearance: 'primary', key: 'changeTarget' },
      onClick: () => this.#request('act', { action: 'changeTarget' }),
    });
    const text = h('p', {
      text: t(
        'Nothing of this workspace is deployed. You see what would change, and what it costs, before anything does.',
      ),
    });
    return { tools: [], summary: [], content: [h('div', { class: 'empty' }, text, choose.element)], footer: [] };
  }

  #tick(): void {
    for (const element of this.#header.querySelectorAll<HTMLElement>('.since')) tickSince(element, Date.now());
  }

  #save(part: Partial<SavedState>): void {
    this.#saved = { ...this.#saved, ...part };
    this.#options.save(this.#saved);
  }

  #request<M extends keyof Requests & string>(method: M, params: Params<DeployPanelContract, M>): void {
    this.#options.rpc.request(method, params).catch(this.#options.onError);
  }
}

/** `boardroom → Contoso Dev · aos-rg · West US 2`. */
function targetText({ workspace, subscription, choice, region }: DeployTarget): HTMLElement {
  return h(
    'span',
    { class: 'quiet target' },
    `${workspace} → ${subscription.name} · `,
    h('b', { text: choice.resource_group }),
    ` · ${region}`,
  );
}

function fill(element: HTMLElement, children: readonly Child[]): void {
  const shown = children.filter((child) => child !== null && child !== undefined && child !== false);
  element.hidden = shown.length === 0;
  element.replaceChildren(...shown);
}
