// Loaded into the demo's programs before they start (node --import): when the demo dies without a word, they are told to end.

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// The channel is there to notice its end, not to keep the program running.
process.channel?.unref()
