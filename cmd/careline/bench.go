package main

// benchCmd groups the measurements.
type benchCmd struct {
	Media      benchMediaCmd      `cmd:"" help:"Play a prompt to many calls at once: CPU per call, drift and lateness at the far end."`
	Signalling benchSignallingCmd `cmd:"" help:"Take calls as fast as one core can: CPU per call, twice too many calls, leaks, a flood."`
	Dial       benchDialCmd       `cmd:"" help:"Place calls through the whole stack as fast as one core can, with SIPp as the far end: calls a second, CPU, how long keys wait."`
	Webhooks   benchWebhooksCmd   `cmd:"" help:"Answer Twilio's webhooks by two processes that share one core and a PostgreSQL: how long they wait, and whether every answer is kept."`
	Import     benchImportCmd     `cmd:"" help:"Import a list by the command: rows a second, and how long calls wait meanwhile."`
	Claim      benchClaimCmd      `cmd:"" help:"Claim contacts of short and long lists by turns: what a claim costs must not grow."`
	Pacing     benchPacingCmd     `cmd:"" help:"Dial campaigns in virtual time by the predictive policy and by others: how busy agents are, how many calls are abandoned."`
	FarEnd     benchFarEndCmd     `cmd:"" hidden:"" help:"The far end of bench media, in a process of its own."`
	Service    benchServiceCmd    `cmd:"" hidden:"" help:"The service that bench signalling calls, in a process of its own."`
}
