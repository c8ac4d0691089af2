// Asks for one device: which profile, how it is connected, and the fields that its driver's schemas name.
import { button, field, h, notice, refresh, show } from './dom.js'
import { knows, localized, say } from './texts.js'

const defaultIntervalS = 60
/** Sensible first values of fields that every bus has. */
const defaults = { baudRate: 9600, unitId: 1, port: { 'modbus-tcp': 502, 'modbus-rtu-tcp': 502 }, char: '0' }

/** Calls `done` with the device, or with undefined when the engineer went back. */
export function editDevice({ catalogue, device, head }, done) {
  const profile = catalogue.profiles.find(({ id }) => id === device?.profile)
  const given = { catalogue, device: device ?? {}, head, done }
  if (profile === undefined) chooseProfile(given)
  else chooseWay(given, profile)
}

function chooseProfile(given) {
  const { catalogue, head, done } = given
  const search = h('input', { type: 'search', autocomplete: 'off', onInput: () => refresh() })
  show('device-profile', () => {
    const word = search.value.trim().toLowerCase()
    const found = catalogue.profiles.filter(({ id, label }) =>
      `${id} ${label.ja} ${label.en}`.toLowerCase().includes(word),
    )
    queueMicrotask(() => word !== '' && document.activeElement !== search && search.focus())
    return {
      head: head(),
      title: say('device.profile'),
      content: [
        field(say('device.search'), search),
        h(
          'ul',
          { class: 'choices' },
          found.map((profile) =>
            h(
              'li',
              {},
              h(
                'button',
                {
                  type: 'button',
                  class: 'choice',
                  'data-profile': profile.id,
                  onClick: () => chooseWay(given, profile),
                },
                localized(profile.label),
                h('small', {}, profile.channels.slice(0, 4).map(localized).join('、')),
              ),
            ),
          ),
        ),
      ],
      actions: [button(say('app.back'), () => done(undefined), 'quiet')],
    }
  })
}

const propertiesOf = (schema) => schema.properties ?? {}

/** Two ways of one driver differ by what they ask for. */
function wayName({ type, settings, address }) {
  const asked = propertiesOf(settings)
  const kind =
    asked.path !== undefined
      ? say('way.serial')
      : asked.host !== undefined || propertiesOf(address).host !== undefined
        ? say('way.network')
        : ''
  const constants = [settings, address]
    .flatMap((schema) => Object.values(propertiesOf(schema)))
    .flatMap(({ const: word }) => (word === undefined ? [] : [word]))
  const fields = constants.length > 0 || kind !== '' ? constants : Object.keys(propertiesOf(address)).slice(0, 2)
  return { title: knows(`way.${type}`) ? say(`way.${type}`) : kind || type, about: [type, ...fields].join(' · ') }
}

function chooseWay(given, profile) {
  const { catalogue, head, device } = given
  const ways = profile.ways.map((number) => catalogue.ways[number])
  const [only] = ways
  if (ways.length === 1) return fillIn(given, profile, only)
  return show('device-way', () => ({
    head: head(),
    title: say('device.way'),
    content: [
      h('p', { class: 'quiet' }, localized(profile.label)),
      h(
        'ul',
        { class: 'choices' },
        ways.map((way) => {
          const { title, about } = wayName(way)
          return h(
            'li',
            {},
            h(
              'button',
              { type: 'button', class: 'choice', 'data-way': way.type, onClick: () => fillIn(given, profile, way) },
              title,
              h('small', {}, about),
            ),
          )
        }),
      ),
    ],
    actions: [
      button(
        say('app.back'),
        () => (device.profile === undefined ? chooseProfile(given) : given.done(undefined)),
        'quiet',
      ),
    ],
  }))
}

function fillIn(given, profile, way) {
  const { head, device, done, catalogue } = given
  const same = device.type === way.type
  const settings = inputsOf(way.settings, way.type, same ? device.settings : {}, catalogue.serialPorts)
  const address = inputsOf(way.address, way.type, same ? device.address : {}, catalogue.serialPorts)
  const interval = h('input', { type: 'text', inputmode: 'decimal', value: device.intervalS ?? defaultIntervalS })
  const name = h('input', { value: device.name ?? '', maxlength: 80, autocomplete: 'off' })
  let missing = []
  const save = () => {
    missing = [...settings, ...address]
      .filter((input) => input.isRequired && input.read() === undefined)
      .map(({ label }) => label())
    const intervalS = Number(interval.value)
    if (!(intervalS >= 1)) missing.push(say('device.interval'))
    if (missing.length > 0) return refresh()
    const word = name.value.trim()
    return done({
      ...(device.id === undefined ? {} : { id: device.id }),
      ...(word === '' ? {} : { name: word }),
      profile: profile.id,
      type: way.type,
      settings: valuesOf(settings),
      address: valuesOf(address),
      intervalS,
    })
  }
  show(`device-fields-${profile.id}-${way.type}`, () => {
    const all = [...address, ...settings].filter((input) => !input.isConstant)
    const optional = all.filter((input) => !input.isShown)
    return {
      head: head(),
      title: say('device.fields'),
      content: [
        h('p', {}, localized(profile.label)),
        missing.length > 0 && notice('fault', say('device.missing', { names: missing.join('、') })),
        all.filter((input) => input.isShown).map((input) => field(input.label(), input.element, input.hint)),
        field(say('device.interval'), interval),
        field(say('device.name'), name),
        optional.length > 0 &&
          h(
            'details',
            {},
            h('summary', {}, say('device.more')),
            optional.map((input) => field(input.label(), input.element, input.hint)),
          ),
      ],
      actions: [button(say('device.save'), save), button(say('app.back'), () => chooseWay(given, profile), 'quiet')],
    }
  })
}

const alwaysShown = new Set(['baudRate', 'unitId'])

/** One input for each property of a schema: text, number, choice; what is nested is written as JSON. */
function inputsOf(schema, type, values, serialPorts) {
  return Object.entries(propertiesOf(schema)).map(([key, property]) => {
    const isRequired = (schema.required ?? []).includes(key)
    const isConstant = property.const !== undefined
    const preset = typeof defaults[key] === 'object' ? defaults[key][type] : defaults[key]
    const isPreset = isRequired || alwaysShown.has(key)
    const value = values[key] ?? property.const ?? (isPreset ? preset : undefined)
    const element = elementOf(key, property, value, serialPorts)
    return {
      key,
      isRequired,
      isConstant,
      isShown: isRequired || alwaysShown.has(key),
      element,
      label: () => (knows(`field.${key}`) ? say(`field.${key}`) : key),
      hint: hintOf(property),
      read: () => (isConstant ? property.const : readInput(element, property)),
    }
  })
}

function elementOf(key, property, value, serialPorts) {
  const options = property.enum ?? (property.type === 'boolean' ? [true, false] : undefined)
  if (options !== undefined) {
    return h(
      'select',
      {},
      h('option', { value: '' }, '–'),
      options.map((option) => h('option', { value: option, selected: option === value }, String(option))),
    )
  }
  if (key === 'path' && serialPorts.length > 0) {
    const known = serialPorts.map(({ path }) => path)
    const paths = value === undefined || known.includes(value) ? known : [value, ...known]
    return h(
      'select',
      {},
      paths.map((path) => h('option', { value: path, selected: path === value }, path)),
    )
  }
  const isNumber = property.type === 'integer' || property.type === 'number'
  const text = value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : value
  return h('input', {
    type: 'text',
    inputmode: isNumber ? 'decimal' : false,
    value: text,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  })
}

/** Schemas speak English; their example is understood everywhere. */
function hintOf({ description }) {
  const [, example] = /"([^"]+)"|e\.g\. (\S+)/.exec(description ?? '')?.filter(Boolean) ?? []
  return example === undefined ? undefined : say('field.example', { example: example.replaceAll('"', '') })
}

/** Undefined: nothing was entered. */
function readInput(element, property) {
  const text = element.value.trim()
  if (text === '') return undefined
  if (property.enum !== undefined) return property.enum.find((option) => String(option) === text)
  if (property.type === 'boolean') return text === 'true'
  if (property.type === 'integer' || property.type === 'number') return Number(text)
  if (property.type !== 'object' && property.type !== 'array') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function valuesOf(inputs) {
  return Object.fromEntries(inputs.map(({ key, read }) => [key, read()]).filter(([, value]) => value !== undefined))
}
