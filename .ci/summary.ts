// Prints CI's last line from vitest's JSON report, and the name of each skipped or failed test before it.
import { readFileSync } from 'node:fs'

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report
const tests = report.testResults.flatMap((file) => file.assertionResults)
const passed = tests.filter((test) => test.status === 'passed').length
const notPassed = tests.filter((test) => test.status !== 'passed')
const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
for (const test of notPassed) console.log(`${test.status}: ${test.fullName}`)
for (const file of brokenFiles) console.log(`failed: ${file.name} ${file.message}`)

const failed = notPassed.length + brokenFiles.length
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
