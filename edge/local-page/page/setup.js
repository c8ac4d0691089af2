// The setup of a new gateway, one question at a time: claim, place, devices, a try, the engineer's code.
import { prepareAgent, showSignIn, signIn } from './agent.js'
import { editDevice } from './device-form.js'
import { button, field, h, mark, notice, refresh, show } from './dom.js'
import { get, post } from './gateway.js'
import { knows, localized, say } from './texts.js'

const kinds = ['paddy', 'weather', 'streetlight', 'wifi', 'factory', 'gateway', 'other']
const setup = { gateway: '', catalogue: undefined, draft: undefined }

/** What the field page knows of the place and its devices is filled in. */
export function openSetup({ handover, begin }) {
  prepareAgent({ handover, begin })
  const { plan = {} } = handover
  setup.draft = {
    name: plan.name ?? '',
    kind: kinds.includes(plan.kind) ? plan.kind : 'paddy',
    site: plan.site,
    position: plan.position ?? { lat: undefined, lon: undefined },
    devices: (Array.isArray(plan.devices) ? plan.devices : []).map(({ id, name, profile }) => ({ id, name, profile })),
  }
  showClaim(handover.claim)
}

const head = () => setup.gateway || say('app.name')

/** The fault in words for this screen; what the gateway itself said follows where it helps to mend. */
function faultText(error) {
  const key = `fault.${error.code}`
  if (knows(key)) return say(key)
  return error.status === undefined ? say('app.lost') : error.message
}

/** Pressing again would change nothing. */
const saysWhatToDo = new Set(['identity.invalid', 'setup.begun'])

function showClaim(claim) {
  const input = h('textarea', { rows: 4, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' }, claim ?? '')
  let fault
  let isBusy = false
  const enrol = async () => {
    if (isBusy) return
    isBusy = true
    fault = undefined
    refresh()
    try {
      const { gateway } = await post('/api/setup/claim', { claim: input.value.trim() })
      setup.gateway = gateway
      setup.catalogue = await get('/api/setup/catalogue')
      showSite()
    } catch (error) {
      isBusy = false
      fault = error
      refresh()
    }
  }
  show('claim', () => ({
    title: isBusy ? say('claim.busy') : say('claim.title'),
    content: [
      fault && notice('fault', faultText(fault)),
      fault && !saysWhatToDo.has(fault.code) && h('p', {}, say('claim.retry')),
      claimNotice(claim) || h('p', {}, say('claim.about')),
      field(say('claim.field'), input),
    ],
    actions: isBusy ? [notice('open', say('claim.busy'))] : [button(say('claim.go'), enrol)],
  }))
}

/** What a claim that came in the address would do: anybody's link could bring one, so the engineer looks before he agrees. */
function claimNotice(claim) {
  const fields = new URLSearchParams(claim?.split('?')[1])
  const [gateway, hub] = [fields.get('g'), fields.get('h')]
  return gateway && hub && notice('open', say('claim.given', { gateway, hub }))
}

function showSite() {
  const { draft } = setup
  const name = h('input', { value: draft.name, maxlength: 80, autocomplete: 'off' })
  const kind = h('select', {})
  const number = (value) => h('input', { type: 'text', inputmode: 'decimal', value: value ?? '', autocomplete: 'off' })
  const lat = number(draft.position.lat)
  const lon = number(draft.position.lon)
  let isWrong = false
  const drawKinds = () => {
    const chosen = kind.value || draft.kind
    kind.replaceChildren(...kinds.map((id) => h('option', { value: id, selected: id === chosen }, say(`kind.${id}`))))
  }
  const next = () => {
    const position = { lat: Number(lat.value), lon: Number(lon.value) }
    const isPlace =
      lat.value.trim() !== '' &&
      lon.value.trim() !== '' &&
      Math.abs(position.lat) <= 90 &&
      Math.abs(position.lon) <= 180
    isWrong = name.value.trim() === '' || !isPlace
    if (isWrong) return refresh()
    Object.assign(draft, { name: name.value.trim(), kind: kind.value, position })
    return showDevices()
  }
  show('site', () => {
    drawKinds()
    return {
      head: head(),
      title: say('site.title'),
      content: [
        isWrong && notice('fault', say('site.wrong')),
        field(say('site.name'), name),
        field(say('site.kind'), kind),
        h('p', { class: 'quiet' }, say('site.about')),
        h('div', { class: 'row' }, field(say('site.lat'), lat), field(say('site.lon'), lon)),
      ],
      actions: [button(say('app.next'), next)],
    }
  })
}

const isOpen = (device) => device.type === undefined
const profileOf = (device) => setup.catalogue.profiles.find(({ id }) => id === device.profile)
const nameOf = (device) =>
  device.name ?? (profileOf(device) === undefined ? device.profile : localized(profileOf(device).label))

function showDevices() {
  const { draft, catalogue } = setup
  const edit = (device) =>
    editDevice({ catalogue, device, head }, (edited) => {
      if (edited !== undefined) {
        if (device === undefined) draft.devices.push(edited)
        else draft.devices[draft.devices.indexOf(device)] = edited
      }
      showDevices()
    })
  const remove = (device) => {
    draft.devices.splice(draft.devices.indexOf(device), 1)
    refresh()
  }
  show('devices', () => {
    const open = draft.devices.filter(isOpen)
    return {
      head: head(),
      title: say('devices.title'),
      content: [
        draft.devices.length === 0 && notice('open', say('devices.none')),
        open.length > 0 && notice('open', say('devices.openCount', { n: open.length })),
        draft.devices.map((device) =>
          h(
            'section',
            { class: 'card' },
            h('h2', {}, nameOf(device)),
            !isOpen(device) && h('p', { class: 'quiet' }, summaryOf(device)),
            h(
              'div',
              { class: 'row' },
              button(
                say(isOpen(device) ? 'devices.open' : 'devices.change'),
                () => edit(device),
                isOpen(device) ? 'main' : 'quiet',
              ),
              button(say('devices.remove'), () => remove(device), 'quiet'),
            ),
          ),
        ),
        button(say('devices.add'), () => edit(undefined), 'quiet'),
      ],
      actions: [
        button(say('app.next'), draft.devices.length === 0 ? showCode : tryDevices, open.length > 0 ? 'quiet' : 'main'),
        button(say('app.back'), showSite, 'quiet'),
      ],
    }
  })
}

function summaryOf({ type, settings, address, intervalS }) {
  const words = [...Object.values(settings), ...Object.values(address)].filter((value) => typeof value !== 'object')
  return `${type} · ${words.join(' · ')} · ${intervalS} s`
}

/** What the gateway takes: devices whose connection is not known are left for later. */
function sentDraft() {
  const { site, ...draft } = setup.draft
  return {
    ...draft,
    ...(site === undefined ? {} : { site }),
    devices: draft.devices
      .filter((device) => !isOpen(device))
      .map(({ id, name, ...device }) => ({
        ...device,
        ...(id === undefined ? {} : { id }),
        ...(name === undefined || name === '' ? {} : { name }),
      })),
  }
}

/** A device without an id of its own is called by its profile and a number. */
function subjectName(subject) {
  const named = setup.draft.devices.find(({ id }) => id === subject)
  const profile = setup.catalogue.profiles.find(({ id }) => subject.replace(/-\d+$/, '') === id)
  if (named !== undefined) return nameOf(named)
  return profile === undefined ? subject : localized(profile.label)
}

async function tryDevices() {
  show('trying', () => ({ head: head(), title: say('devices.trying'), content: [notice('open', say('app.waiting'))] }))
  try {
    const { findings } = await post('/api/setup/try', { draft: sentDraft() })
    showFindings(findings, undefined)
  } catch (error) {
    showFindings([], error)
  }
}

function showFindings(findings, fault) {
  const signs = { ok: 'good', warn: 'warn', fail: 'bad' }
  const isWell = fault === undefined && findings.every(({ state }) => state === 'ok')
  show('findings', () => ({
    head: head(),
    title: say('try.title'),
    content: [
      fault && notice('fault', faultText(fault)),
      findings.map(({ state, subject, seen, advice }) =>
        h(
          'section',
          { class: 'card' },
          h('h2', {}, mark(signs[state]), ' ', subjectName(subject ?? '')),
          h('p', {}, h('b', {}, say(`try.${state}`)), h('br'), localized(seen)),
          advice && notice('fault', localized(advice)),
        ),
      ),
    ],
    actions: [
      ...(isWell
        ? [button(say('app.next'), showCode)]
        : [button(say('devices.change'), showDevices), button(say('try.again'), tryDevices, 'quiet')]),
      !isWell && fault === undefined && button(say('try.anyway'), showCode, 'quiet'),
    ].filter(Boolean),
  }))
}

function showCode() {
  const input = h('input', {
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: 128,
  })
  let fault
  const finish = async (event) => {
    event?.preventDefault()
    if (input.value.length < 8) {
      fault = () => say('code.short')
      return refresh()
    }
    try {
      await post('/api/setup/finish', { draft: sentDraft(), code: input.value })
      return await waitForAgent(input.value)
    } catch (error) {
      fault = () => faultText(error)
      return refresh()
    }
  }
  show('code', () => ({
    head: head(),
    title: say('code.title'),
    content: [
      h('p', {}, say('code.about')),
      fault && notice('fault', fault()),
      h('form', { onSubmit: finish }, field(say('signIn.code'), input)),
    ],
    actions: [button(say('code.finish'), finish), button(say('app.back'), showDevices, 'quiet')],
  }))
}

const askEveryMs = 1000
const lateMs = 60_000

/** The program of the setup becomes the agent, on the same address; the code that was just chosen opens it. */
async function waitForAgent(code) {
  const sinceMs = Date.now()
  show('starting', () => ({
    head: head(),
    title: say('start.title'),
    content: [notice('open', say(Date.now() - sinceMs > lateMs ? 'start.late' : 'start.about'))],
  }))
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    refresh()
    const mode = await get('/api/mode', { signal: AbortSignal.timeout(3000) }).catch(() => undefined)
    if (mode?.mode !== 'agent') continue
    const fault = await signIn(code)
    if (fault !== undefined) showSignIn(fault)
    return
  }
}
