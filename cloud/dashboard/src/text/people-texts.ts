// The texts about people and signing in.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export const peopleTexts = {
  'signIn.title': { ja: 'サインイン', en: 'Sign in' },
  'signIn.name': { ja: '名前（ID）またはメールアドレス', en: 'Name or e-mail address' },
  'signIn.password': { ja: 'パスワード', en: 'Password' },
  'signIn.code': { ja: '確認コード', en: 'Code' },
  'signIn.codeAbout': {
    ja: '認証アプリに表示された6けたの数字か、控えてある回復コードを入れてください。',
    en: 'Enter the six digits of your authenticator, or one of your recovery codes.',
  },
  'signIn.go': { ja: 'サインインする', en: 'Sign in' },
  'signIn.out': { ja: 'サインアウト', en: 'Sign out' },
  'signIn.failed': {
    ja: 'サインインできません。名前・パスワード・確認コードを確かめてください。',
    en: 'That did not work. Check name, password and code.',
  },
  'signIn.locked': {
    ja: '間違いが続いたため、しばらくサインインできません。時間をおいてやり直してください。',
    en: 'Too many attempts. Wait for a while, then try again.',
  },
  'signIn.unreached': {
    ja: 'サーバーに接続できませんでした。もう一度押してください。',
    en: 'The hub was not reached. Press again.',
  },
  'signIn.forgotten': {
    ja: 'パスワードを忘れたときは、管理者に再設定のリンクを頼んでください。',
    en: 'Ask your admin for a link where you have forgotten it.',
  },
  'signIn.passkey': { ja: 'パスキーでサインイン', en: 'Sign in with a passkey' },
  'signIn.passkeyFailed': {
    ja: 'このパスキーではサインインできません。別の方法でサインインしてください。',
    en: 'That passkey did not work. Sign in another way.',
  },
  'signIn.provider': { ja: '{name}でサインイン', en: 'Sign in with {name}' },
  'signIn.providerStart': { ja: '{name}で始める', en: 'Begin with {name}' },
  'signIn.providerDown': {
    ja: '市の認証サーバーに接続できません。別の方法でサインインするか、少し待ってやり直してください。',
    en: 'The identity provider cannot be reached. Sign in another way, or try again in a while.',
  },
  'signIn.providerRefused': {
    ja: '市の認証を確かめられませんでした。もう一度やり直してください。続くときは管理者に連絡してください。',
    en: 'The answer of the identity provider was refused. Try again; if it goes on, tell your admin.',
  },
  'signIn.providerUnknown': {
    ja: 'このアカウントは、まだ「むすび」の利用者と結び付いていません。管理者に招待のリンクを頼むか、名前とパスワードでサインインして「アカウント」のページで結び付けてください。',
    en: 'This account belongs to nobody here yet. Ask an admin for an invitation, or sign in by name and password and link it on the page “My account”.',
  },
  'signIn.notNow': {
    ja: 'このアカウントでは今サインインできません。管理者に連絡してください。',
    en: 'You may not sign in now. Ask your admin.',
  },
  'signIn.begunTooLongAgo': {
    ja: '時間が過ぎたか、別の画面で始めた操作です。もう一度押してください。',
    en: 'That was begun too long ago, or elsewhere. Press again.',
  },
  'signIn.linkedElsewhere': {
    ja: 'この市のアカウントは、別の利用者と結び付いています。管理者に連絡してください。',
    en: 'That account is linked to another person here. Ask your admin.',
  },
  'signIn.or': { ja: 'または', en: 'or' },
  'signIn.linkTitle': { ja: 'パスワードを決める', en: 'Set your password' },
  'signIn.linkAbout': {
    ja: '12文字以上で、名前を含まないものにしてください。長い文がおすすめです。',
    en: 'At least 12 characters, without your name in it. A long sentence is best.',
  },
  'signIn.newPassword': { ja: '新しいパスワード', en: 'New password' },
  'signIn.linkGo': { ja: '決めてサインインする', en: 'Set it and sign in' },
  'signIn.linkOver': {
    ja: 'このリンクは使用済みか、期限切れです。管理者に新しいリンクを頼んでください。',
    en: 'This link is used or expired. Ask your admin for a new one.',
  },
  'signIn.weak': {
    ja: 'このパスワードは弱すぎます。12文字以上で、名前や同じ文字の繰り返しを避けてください。',
    en: 'That password is too weak: 12 characters or more, without your name or one piece again and again.',
  },
  'signIn.notAllowed': {
    ja: 'この操作をする権限がありません。',
    en: 'You may look, and not act here.',
  },
} as const satisfies Readonly<Record<string, LocalizedText>>
