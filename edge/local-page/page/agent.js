// The page of a gateway at work: sign-in, the values now, the checks one at a time, and the signed result.
import { button, field, h, mark, notice, refresh, show } from './dom.js'
import { get, post } from './gateway.js'
import { base64Url, returnAddress } from './handover.js'
import { localized, say } from './texts.js'
import { ageText, promptFor, reasonText, valueText } from './values.js'

const state = {
  description: undefined,
  live: undefined,
  readings: new Map(),
  skipped: new Set(),
  at: 'live',
  lost: false,
}
let stream
let begin
let handover

/** How the page begins anew, and what the field page handed over. */
export function prepareAgent(given) {
  begin = given.begin
  handover = given.handover
}

export async function openAgent(given) {
  prepareAgent(given)
  if (!given.signedIn) return showSignIn()
  state.description = await get('/api/state')
  follow()
  showLive()
}

export function showSignIn(message) {
  stream?.close()
  const input = h('input', { type: 'password', autocomplete: 'current-password', maxlength: 128, required: true })
  const submit = async (event) => {
    event?.preventDefault()
    const fault = await signIn(input.value)
    if (fault !== undefined) showSignIn(fault)
  }
  show('sign-in', () => ({
    title: say('signIn.title'),
    content: [
      h('p', {}, say('signIn.about')),
      h('form', { onSubmit: submit }, field(say('signIn.code'), input)),
      message === undefined ? undefined : notice('fault', message()),
    ],
    actions: [button(say('signIn.open'), submit)],
  }))
  input.focus()
}

/** Undefined: the page goes on. Else what to tell. */
export async function signIn(code) {
  try {
    await post('/api/session', { code })
    await begin()
    return undefined
  } catch (error) {
    if (error.status === 429) return () => say('signIn.wait', { n: error.retryAfterS ?? 60 })
    return error.status === 401 ? () => say('signIn.wrong') : () => say('app.lost')
  }
}

function follow() {
  stream?.close()
  stream = new EventSource('/api/live')
  stream.addEventListener('message', ({ data }) => {
    const { readings, ...live } = JSON.parse(data)
    state.live = live
    state.lost = false
    for (const reading of readings) state.readings.set(reading.name, reading)
    if (state.at !== 'signed') refresh()
  })
  stream.addEventListener('error', () => {
    state.lost = true
    if (stream.readyState === EventSource.CLOSED) void begin()
    else refresh()
  })
}

const head = () => `${localized(state.description.label)}`
const lostNotice = () => state.lost && notice('fault', say('app.lost'))

function showLive() {
  state.at = 'live'
  show('live', () => {
    const { description, live } = state
    const isChecking = Boolean(live?.checks)
    return {
      live: true,
      head: head(),
      title: say('live.title'),
      content: [
        lostNotice(),
        live && uplinkLine(live.uplink),
        description.devices.length === 0 ? notice('open', say('live.noDevices')) : description.devices.map(deviceCard),
        description.mounts.includes('/flows/') &&
          h('a', { class: 'button button-quiet', href: '/flows/' }, say('live.flows')),
        button(say('signIn.out'), signOut, 'quiet'),
      ],
      actions: [button(say(isChecking ? 'live.continue' : 'live.begin'), isChecking ? showChecks : beginChecks)],
    }
  })
}

async function signOut() {
  await post('/api/session/end').catch(() => undefined)
  await begin()
}

function uplinkLine({ connected, waiting }) {
  return h(
    'p',
    { class: 'uplink' },
    mark(connected ? 'good' : 'bad'),
    h('span', {}, say('live.uplink'), ': ', h('b', {}, say(connected ? 'live.connected' : 'live.offline'))),
    waiting > 0 && h('span', { class: 'quiet' }, say('live.waiting', { n: waiting })),
  )
}

const markOf = { good: 'good', uncertain: 'warn', bad: 'bad' }

function deviceCard(device) {
  const rows = device.channels.map((channel) => ({
    channel,
    reading: state.readings.get(`${device.id}:${channel.id}`),
  }))
  const faults = [
    ...new Set(rows.map(({ reading }) => reading?.reason).filter((reason) => reason !== undefined && reason !== null)),
  ]
  return h(
    'section',
    { class: 'card', 'data-device': device.id },
    h('h2', {}, localized(device.label)),
    h('table', { class: 'values' }, h('tbody', {}, rows.map(valueRow))),
    faults.map((reason) => notice('fault', reasonText(reason))),
  )
}

function valueRow({ channel, reading }) {
  const name = h('th', { scope: 'row' }, localized(channel.label))
  if (reading === undefined) return h('tr', {}, name, h('td', { class: 'quiet' }, say('live.none')))
  return h(
    'tr',
    { 'data-channel': channel.id },
    name,
    h(
      'td',
      {},
      h('span', { class: 'value' }, mark(markOf[reading.quality]), valueText(channel.id, reading.value, reading.unit)),
      h(
        'small',
        { class: 'quiet' },
        `${say(`live.${reading.quality}`)} · ${ageText(state.live?.nowMs ?? reading.timeMs, reading.timeMs)}`,
      ),
    ),
  )
}

async function beginChecks() {
  state.skipped.clear()
  const checks = await post('/api/checks', { phoneMs: Date.now() })
  state.live = { ...state.live, checks }
  showChecks()
}

/** Clock, then each device, then the link: what needs hands comes before what only needs time. */
function checkList() {
  const { checks } = state.live
  return [
    { id: 'clock', state: checks.clock.passed ? 'good' : 'bad', draw: () => clockCheck(checks.clock) },
    ...checks.devices.map((check) => {
      const device = state.description.devices.find(({ id }) => id === check.id)
      const isPassed = check.answered && check.confirmed !== 'no'
      const mood = isPassed ? 'good' : check.faulty.length > 0 ? 'bad' : 'open'
      return { id: `device:${check.id}`, state: mood, device, draw: () => deviceCheck(device, check) }
    }),
    { id: 'uplink', state: checks.uplink.passed ? 'good' : 'open', draw: () => uplinkCheck(checks.uplink) },
  ]
}

function checkName({ id, device }) {
  return device === undefined ? say(`check.${id}`) : localized(device.label)
}

function showChecks() {
  state.at = 'checks'
  let shown
  show('checks', () => {
    const list = checkList()
    // A check that has just passed stays until the engineer has seen it.
    shown ??= list.find((check) => check.state !== 'good' && !state.skipped.has(check.id))?.id ?? 'end'
    const check = list.find(({ id }) => id === shown)
    if (check === undefined) {
      queueMicrotask(showResult)
      return { head: head(), title: say('check.title'), content: [] }
    }
    const next = () => {
      if (check.state !== 'good') state.skipped.add(check.id)
      shown = undefined
      refresh()
      document.querySelector('h1')?.focus()
    }
    const number = list.indexOf(check) + 1
    const isGood = check.state === 'good'
    return {
      live: true,
      head: head(),
      title: checkName(check),
      content: [
        lostNotice(),
        h('p', { class: 'progress' }, say('app.step', { n: number, all: list.length }), progressBar(list, check)),
        ...check.draw(),
      ],
      actions: [
        ...(isGood ? [] : extraActions(check)),
        button(say(isGood ? 'app.next' : 'check.later'), next, isGood ? 'main' : 'quiet', check.id),
      ],
    }
  })
}

function progressBar(list, current) {
  return h(
    'span',
    { class: 'bar', 'aria-hidden': 'true' },
    list.map((check) => h('span', { class: `bar-part bar-${check.state}${check === current ? ' bar-now' : ''}` })),
  )
}

function extraActions({ id, device }) {
  if (id === 'clock') return [button(say('check.restart'), beginChecks)]
  if (device === undefined) return []
  const check = state.live.checks.devices.find((one) => one.id === device.id)
  const confirm = () => act(() => post('/api/checks/confirm', { device: device.id }))
  const again = () => act(() => post('/api/checks/ask'))
  return [
    check.answered
      ? button(say('check.confirm'), confirm, 'main', device.id)
      : button(say('check.again'), again, 'main', device.id),
  ]
}

/** The live stream brings what came of it. */
async function act(work) {
  try {
    await work()
  } catch {
    refresh()
  }
}

function clockCheck({ passed, offsetMs }) {
  const n = Math.abs(offsetMs / 1000).toFixed(1)
  return [passed ? notice('good', say('check.clockGood', { n })) : notice('fault', say('check.clockBad', { n }))]
}

function uplinkCheck({ passed }) {
  if (passed) return [notice('good', say('check.uplinkGood'))]
  return [
    uplinkLine(state.live.uplink),
    notice('open', say('check.uplinkWait')),
    state.live.uplink.connected ? undefined : h('p', {}, say('check.uplinkAdvice')),
  ]
}

function deviceCheck(device, check) {
  const card = deviceCard(device)
  if (check.answered && check.confirmed !== 'no') {
    return [notice('good', say(check.confirmed === 'change' ? 'check.deviceMoved' : 'check.deviceConfirmed')), card]
  }
  if (check.faulty.length > 0) return [notice('fault', say('check.deviceFault')), card]
  if (!check.answered) {
    return [notice('open', say('check.deviceWait', { name: localized(device.label), n: device.intervalS })), card]
  }
  const prompt = promptFor(device.channels.map(({ id }) => id))
  return [prompt && h('p', { class: 'prompt' }, say(prompt)), h('p', {}, say('check.deviceCompare')), card]
}

function showResult() {
  state.at = 'result'
  let fault
  const sign = async () => {
    try {
      const signed = await post('/api/checks/record')
      showSigned(base64Url(JSON.stringify(signed)))
    } catch (error) {
      fault = error.message
      refresh()
    }
  }
  show('result', () => {
    const list = checkList()
    const open = list.filter((check) => check.state !== 'good').length
    return {
      live: true,
      head: head(),
      title: say('result.title'),
      content: [
        lostNotice(),
        open === 0
          ? notice('good', say('result.passed'))
          : notice('open', say('result.open', { n: open }), ' ', say('result.openAbout')),
        h(
          'ul',
          { class: 'checks' },
          list.map((check) =>
            h(
              'li',
              {},
              mark(check.state),
              h('span', {}, checkName(check)),
              h('b', {}, say(check.state === 'good' ? 'check.passed' : 'check.open')),
            ),
          ),
        ),
        fault && notice('fault', fault),
        open > 0 && button(say('app.back'), () => (state.skipped.clear(), showChecks()), 'quiet'),
        button(say('check.restart'), beginChecks, 'quiet'),
      ],
      actions: [button(say('result.sign'), sign)],
    }
  })
}

function showSigned(result) {
  state.at = 'signed'
  const address = returnAddress(handover.return, result)
  let isCopied = false
  const copyField = h('textarea', { class: 'copy', readonly: true, rows: 3, 'aria-label': say('result.title') }, result)
  const copy = async () => {
    copyField.select()
    // An http page has no clipboard of its own; the selection is copied the old way.
    isCopied = document.execCommand('copy')
    refresh()
  }
  show('signed', () => ({
    head: head(),
    title: say('result.signed'),
    content: [
      address && h('p', {}, say('result.goTo', { host: address.host })),
      h(
        'details',
        { open: address === undefined || isCopied },
        h('summary', {}, say('result.copy')),
        h('p', {}, say('result.copyAbout')),
        copyField,
        button(say(isCopied ? 'result.copied' : 'result.copy'), copy, 'quiet'),
      ),
      button(say('live.title'), showLive, 'quiet'),
    ],
    actions:
      address === undefined ? [] : [h('a', { class: 'button button-main', href: address.href }, say('result.go'))],
  }))
}
