/** Runs in the browser: a host of views, which hands calls of the view to the test. */
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';
import type { HostSetup, HostWindow } from './view-setup.js';

declare global {
	interface Window extends HostWindow {}
}

window.openView = async ({ capabilities, context, input, result }: HostSetup) => {
	const frame = document.createElement('iframe');
	frame.setAttribute('sandbox', 'allow-scripts');
	frame.title = 'View';
	frame.style.cssText = 'display:block;width:100%;height:200px;border:0';
	document.body.replaceChildren(frame);
	if (!frame.contentWindow) throw new Error('the frame has no window');
	const bridge = new AppBridge(null, { name: 'test', version: '0' }, capabilities, { hostContext: context });
	bridge.oncalltool = (params) => window.callServer(params);
	bridge.onupdatemodelcontext = async (params) => {
		await window.record('ui/update-model-context', params);
		return {};
	};
	bridge.onsizechange = ({ height }) => {
		if (height !== undefined) frame.style.height = `${height}px`;
	};
	const initialized = new Promise<void>((resolve) => {
		bridge.oninitialized = () => resolve();
	});
	await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
	frame.src = '/view';
	await initialized;
	window.changeContext = (changed) => bridge.setHostContext({ ...context, ...changed });
	await bridge.sendToolInput({ arguments: input });
	await bridge.sendToolResult(result);
};
