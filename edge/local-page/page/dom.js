// Makes elements; the page is drawn anew for each step, so that nothing of the last one stays.
import { otherLanguage, say } from './texts.js'

/** `on*` are listeners, `class` and other words are attributes, false and undefined are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2).toLowerCase(), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value))
  }
  element.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false))
  return element
}

let redraw = () => undefined
let drawn = ''

/**
 * Shows one step: a heading, its content, and what to do at the bottom of the window, under the thumb. `draw` makes
 * `{ title, content, actions, head, live }` and is called again when something changes. `live`: only what differs is
 * replaced, so that a button under a finger stays where it is. The focus goes to the heading of a step (`name`) that is new.
 */
export function show(name, draw) {
  redraw = () => {
    const { title, content, actions = [], head, live = false } = draw()
    const page = document.getElementById('page')
    const parts = [
      h(
        'header',
        { class: 'head' },
        h('p', { class: 'head-name' }, head ?? say('app.name')),
        h('button', { type: 'button', class: 'language', onClick: changeLanguage }, say('app.language')),
      ),
      h('div', { class: 'step' }, h('h1', { tabindex: -1 }, title), content),
      h('div', { class: 'actions' }, actions),
    ]
    document.title = `${title} – ${say('app.name')}`
    if (drawn === name && live) return parts.forEach((part, index) => patch(page.children[index], part))
    page.replaceChildren(...parts)
    if (drawn === name) return undefined
    drawn = name
    window.scrollTo(0, 0)
    return page.querySelector('h1')?.focus({ preventScroll: true })
  }
  redraw()
}

/** Gives `shown` the children of `wanted`, and leaves those alone that look the same already. */
function patch(shown, wanted) {
  const kept = [...shown.children]
  const next = [...wanted.children]
  for (const [index, child] of next.entries()) {
    const old = kept[index]
    if (old === undefined) shown.append(child)
    else if (old.outerHTML !== child.outerHTML) old.replaceWith(child)
  }
  for (const old of kept.slice(next.length)) old.remove()
}

/** Draws the step that is shown anew. */
export function refresh() {
  redraw()
}

function changeLanguage() {
  otherLanguage()
  redraw()
  document.querySelector('.language')?.focus()
}

/** `about`: what it acts on, where another button may say the same. */
export function button(text, onClick, kind = 'main', about) {
  return h('button', { type: 'button', class: `button button-${kind}`, 'data-about': about, onClick }, text)
}

export function notice(kind, ...texts) {
  return h('p', { class: `notice notice-${kind}`, role: kind === 'fault' ? 'alert' : 'status' }, ...texts)
}

/** A labelled input or select. */
export function field(label, input, hint) {
  return h('label', { class: 'field' }, h('span', { class: 'field-name' }, label), input, hint && h('small', {}, hint))
}

/** Passed, open or faulty, as a sign and a colour. */
export function mark(state) {
  const signs = { good: '✓', open: '…', warn: '!', bad: '✕' }
  return h('span', { class: `mark mark-${state}`, 'aria-hidden': 'true' }, signs[state])
}
