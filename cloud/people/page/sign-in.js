// The sign-in page: name, password and, where it is asked for, a code; or a new password by a one-time link.

const texts = {
  ja: {
    name: '名前（ID）またはメールアドレス',
    password: 'パスワード',
    newPassword: '新しいパスワード（12文字以上）',
    repeat: '新しいパスワード（もう一度）',
    code: '認証アプリの6桁のコード、または回復コード',
    signIn: 'サインイン',
    set: 'パスワードを設定する',
    lead: 'サインインしてください。',
    leadLink: 'はじめに、パスワードを決めてください。長い文のほうが安全で、覚えやすくなります。',
    other: 'English',
    differ: '2つのパスワードが違います。',
    missing: 'すべての欄に入力してください。',
    unreachable: 'つながりません。少し待って、もう一度お試しください。',
    'sign-in.failed': '名前、パスワード、またはコードが違います。',
    'sign-in.second-factor': '認証アプリのコードを入力してください。',
    'sign-in.locked': '続けて間違えたため、しばらく待ってください。',
    'people.password': 'このパスワードは弱すぎます。12文字以上で、名前と違うものにしてください。',
    'people.link': 'このリンクは使用済みか、期限切れです。管理者に新しいリンクを頼んでください。',
  },
  en: {
    name: 'Name (id) or e-mail',
    password: 'Password',
    newPassword: 'New password (12 characters or more)',
    repeat: 'New password, once more',
    code: 'Six digits of your authenticator, or a recovery code',
    signIn: 'Sign in',
    set: 'Set the password',
    lead: 'Please sign in.',
    leadLink: 'Choose a password first. A long sentence is safer and easier to remember.',
    other: '日本語',
    differ: 'The two passwords differ.',
    missing: 'Please fill in every field.',
    unreachable: 'The hub cannot be reached. Wait a moment and try again.',
    'sign-in.failed': 'The name, the password or the code is wrong.',
    'sign-in.second-factor': 'Enter the code of your authenticator.',
    'sign-in.locked': 'Too many attempts. Please wait a while.',
    'people.password': 'This password is too weak: 12 characters or more, and not your name.',
    'people.link': 'This link is used or expired. Ask your admin for a new one.',
  },
}

const link = new URLSearchParams(location.hash.slice(1)).get('link')
// A secret does not stay in the address, nor in the history.
if (link !== null) history.replaceState(null, '', location.pathname + location.search)
const element = (id) => document.getElementById(id)
const field = (name) => document.querySelector(`[data-for="${name}"]`)
let language = (localStorage.getItem('musubi-language') ?? navigator.language).startsWith('en') ? 'en' : 'ja'

function show() {
  const words = texts[language]
  document.documentElement.lang = language
  for (const span of document.querySelectorAll('[data-text]')) span.textContent = words[span.dataset.text]
  element('lead').textContent = link === null ? words.lead : words.leadLink
  element('submit').textContent = link === null ? words.signIn : words.set
  element('language').textContent = words.other
  element('fault').textContent = ''
  if (link !== null) document.querySelector('[data-text="password"]').textContent = words.newPassword
}

function tell(code) {
  element('fault').textContent = texts[language][code] ?? code
}

/** Only a page of this hub, whatever the address says. */
function next() {
  const wanted = new URLSearchParams(location.search).get('next') ?? '.'
  const url = new URL(wanted, location.href)
  return url.origin === location.origin ? url.href : '.'
}

async function submit() {
  const [name, password, code] = ['name', 'password', 'code'].map((id) => element(id).value)
  if (password === '' || (link === null && name === '')) return tell('missing')
  if (link !== null && password !== element('repeat').value) return tell('differ')
  const body = link === null ? { name, password, ...(code === '' ? {} : { code }) } : { link, password }
  const path = link === null ? 'api/v1/session' : 'api/v1/session/link'
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  })
  if (response.ok) return location.replace(next())
  const problem = await response.json()
  if (problem.code === 'sign-in.second-factor') {
    field('code').hidden = false
    element('code').focus()
  }
  tell(problem.code)
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault()
  element('fault').textContent = ''
  element('submit').disabled = true
  submit()
    .catch(() => tell('unreachable'))
    .finally(() => (element('submit').disabled = false))
})
element('language').addEventListener('click', () => {
  language = language === 'ja' ? 'en' : 'ja'
  localStorage.setItem('musubi-language', language)
  show()
})
field('name').hidden = link !== null
field('repeat').hidden = link === null
element('password').autocomplete = link === null ? 'current-password' : 'new-password'
show()
