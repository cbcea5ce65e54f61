"""
Presses and commands from Discord.

Each wants a first answer within 3 seconds, or the person reads that it has failed. Nothing of ours
has buttons or commands on Discord yet: what comes is acknowledged, so that nobody waits.
"""

import asyncio

import discord
import structlog

from bots.network import OUTSIDE_FAULTS

log = structlog.get_logger(__name__)

_PATIENCE = 3.0  # seconds for the first answer


async def acknowledge(interaction: discord.Interaction) -> None:
    """Answer a press or a command so that it counts as dealt with, leaving nothing to be seen."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await _answer(interaction)
    except (discord.HTTPException, *OUTSIDE_FAULTS) as error:
        log.warning("interaction not acknowledged", error=type(error).__name__)


async def _answer(interaction: discord.Interaction) -> None:
    if interaction.type is discord.InteractionType.autocomplete:
        await interaction.response.autocomplete([])
        return
    await interaction.response.defer(ephemeral=True)
    if interaction.type is discord.InteractionType.application_command:
        await interaction.delete_original_response()  # else it shows "thinking" for 15 minutes
