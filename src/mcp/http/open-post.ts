/** Opens the connection that serves the requests of one POST. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../base/clock.js';
import { isObject } from '../../base/json.js';
import type { AskUser } from '../../call/consent/forms.js';
import type { Deps } from '../../call/context.js';
import { callTool } from '../call-tool.js';
import type { Channel } from '../channel.js';
import type { Client } from '../client.js';
import { ClientConnection } from '../connection.js';
import type { Method } from '../methods.js';
import type { Raw } from './body.js';
import type { Served } from './delivery.js';
import { Exchange } from './exchange.js';
import type { Questions } from './questions.js';
import type { SessionFacts } from './session-ids.js';
import { readVersion, statusOfAnswer } from './session-rules.js';
import { statusOf } from './stateless-rules.js';
import type { PostUnderWay, RequestUnderWay } from './under-way.js';

/** What all POSTs are served with. */
export interface PostSurroundings {
	/** The methods for the requests; those of the product when absent. */
	methodsOf?(channel: Channel, first: Raw): ReadonlyMap<string, Method>;
	readonly questions: Questions;
	readonly clock: Clock;
}

/** A client whose initialize is not known. It gets no forms: nothing would tell whose answer comes back. */
const UNKNOWN_CLIENT = { name: 'unknown', version: 'unknown', forms: false };

/** Opens a connection for requests. It serves each that its channel is given. `onEnd` is told once, when nothing more is sent. */
export function openPost(
	requests: readonly Raw[],
	served: Served,
	{ clock, questions, methodsOf }: PostSurroundings,
	onEnd: () => void,
): PostUnderWay {
	const { isStateless, isList, session } = served;
	const { response, principal, requestId, taken } = served.delivery;
	const { deps, tools, info } = served.tenant;
	const [first = {}] = requests;
	const exchange = new Exchange(response, {
		clock,
		requests: requests.length,
		isList,
		taken,
		statusOf: (answer) => (isStateless ? statusOf(answer, first) : statusOfAnswer(answer)),
		onEnd,
	});
	const connection = new ClientConnection({
		channel: exchange,
		tools,
		info,
		methods: methodsOf?.(exchange, first),
		toOutput: deps.toOutput,
		principal: principal.id,
		requestId,
		isShared: true,
		client: isStateless ? undefined : clientOf(served),
		askUser: session && askThrough(exchange, questions, session),
		load: () => ({ deps, callTool }),
	});
	return {
		connection,
		exchange,
		requests: requests.map((message) => toRequest(message, deps)),
		session: session?.nonce,
		leavingCancels: isStateless,
	};
}

/** The client as its session tells of it. */
function clientOf({ session, delivery: { request, taken } }: Served): Client {
	const { name, version, forms } = session?.client ?? UNKNOWN_CLIENT;
	const protocolVersion = readVersion(request.headers);
	// The folders of a client are not those of a server elsewhere.
	return { name, version, protocolVersion, forms: forms && taken.events, roots: false };
}

/** Asks the user by the stream of the call. The answer comes with another POST of the session. */
function askThrough(exchange: Exchange, questions: Questions, { nonce }: SessionFacts): AskUser {
	return (question, cancel) => {
		const tell = (message: JSONRPCMessage) => {
			exchange.send(message).catch(() => undefined);
		};
		return questions.ask(nonce, question, tell, [cancel, exchange.left]);
	};
}

/** Unknown tools fail, and a dry run changes nothing: both may be broken off. */
function toRequest({ id, method, params }: Raw, { operations }: Deps): RequestUnderWay {
	const { name, arguments: args } = method === 'tools/call' && isObject(params) ? params : {};
	const danger = (typeof name === 'string' && operations.get(name)?.danger) || 'read';
	const isDryRun = isObject(args) && args.dry_run === true;
	return { id: id as RequestUnderWay['id'], isChange: danger !== 'read' && !isDryRun };
}
