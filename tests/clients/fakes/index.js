// All fakes behind one gateway.
import { startGateway } from '../gateway.js';
import { startAnthropic } from './anthropic.js';
import { startBedrock } from './bedrock.js';
import { startCohere } from './cohere.js';
import { startGemini } from './gemini.js';
import { startOllama } from './ollama.js';
import { startAzure, startAzureDeployments, startChat } from './openai.js';

/** `{ gateway, anthropic, chat, ... }`; ends with `t`. */
export async function startAll(t, more = []) {
  const fakes = await Promise.all([startAnthropic, startChat, startGemini, startBedrock, startCohere, startOllama, startAzure, startAzureDeployments, ...more].map((start) => start(t)));
  const gateway = await startGateway(t, `providers:\n${fakes.map((fake) => fake.yaml).join('')}  simulator: {}\n`);
  return { gateway, ...Object.fromEntries(fakes.map((fake) => [fake.name, fake])) };
}
