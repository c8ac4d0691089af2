// The process that readies the program of a set before a start: its words are the folder of the set and that of the machine's own program.
import { answerParent } from '../checks/checker.ts'
import { readyAgent } from './agent-archive.ts'

await answerParent(([set = '', own = '']) => readyAgent(set, own))
