// What Node-RED loads as our nodes: the process that embeds it hands them over in its settings (../flow-settings.ts).
module.exports = (RED) => RED.settings.musubi.register(RED)
