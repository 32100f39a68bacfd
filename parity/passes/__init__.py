"""Graph -> graph, until both frameworks say the same thing the same way.

Each pass is a pure function in a module of its own. It returns the very graph that it was given when nothing changed
and keeps the model's inputs. Phases are run in order until nothing changes: what one leaves, the next may rely on.
"""

from functools import cache, partial

from parity._discovery import by_name
from parity.graph import Evidence, LayerGraph
from parity.passes._added import fits, with_added
from parity.passes._computed import COMPUTED_BEFORE, Computed, calls_of, told_functions
from parity.passes._conditions import axes_are_named, no_identities, nothing_dead
from parity.passes._phases import Pass, Phase, Rewrite, Watch, broken, run
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite
from parity.passes._trace import watch_asked_for
from parity.passes._verify import problems, verify
from parity.passes.arithmetic.merge_attention_scale import merge_attention_scale
from parity.passes.arithmetic.merge_bias import merge_bias, merge_bias_of_rows
from parity.passes.arithmetic.merge_scale_shift import merge_scale_shift
from parity.passes.arithmetic.read_masks import read_masks
from parity.passes.arithmetic.recompose_attention import recompose_attention
from parity.passes.arithmetic.recompose_averages import recompose_averages
from parity.passes.arithmetic.recompose_formulas import patterns, recompose_formulas
from parity.passes.arithmetic.recompose_group_norm import recompose_group_norm
from parity.passes.arithmetic.recompose_normalization import recompose_normalization
from parity.passes.arithmetic.recompose_projections import recompose_projections
from parity.passes.arithmetic.recompose_repeats import recompose_repeats
from parity.passes.arithmetic.resolve_masks import resolve_masks
from parity.passes.batches.merge_batches import merge_batches
from parity.passes.batches.merge_rows import merge_rows
from parity.passes.batches.merge_unit_axes import merge_unit_axes
from parity.passes.canonical.merge_twins import merge_twins
from parity.passes.canonical.name_axes import name_axes
from parity.passes.constants.drop_doubled_masks import drop_doubled_masks
from parity.passes.constants.drop_identities import drop_identities
from parity.passes.constants.drop_quantisation import drop_quantisation
from parity.passes.constants.fold_constants import fold_constants
from parity.passes.constants.mark_masks import mark_masks
from parity.passes.constants.merge_heads import merge_heads
from parity.passes.constants.merge_negations import merge_negations
from parity.passes.constants.merge_places import merge_places
from parity.passes.constants.merge_sequences import merge_sequences
from parity.passes.constants.merge_stored_operands import merge_stored_operands
from parity.passes.constants.merge_stored_parts import merge_stored_parts
from parity.passes.constants.narrow_choices import narrow_choices
from parity.passes.constants.read_turned_weights import read_turned_weights
from parity.passes.constants.split_gates import split_gates
from parity.passes.layout.drop_idle_expands import drop_idle_expands
from parity.passes.layout.drop_strided_copies import drop_strided_copies
from parity.passes.layout.drop_transposes import drop_transposes
from parity.passes.layout.merge_expands import merge_expands
from parity.passes.layout.merge_rearrangements import merge_rearrangements
from parity.passes.layout.merge_repeats import merge_repeats
from parity.passes.layout.sort_batch_axes import sort_batch_axes
from parity.passes.layout.spell_new_axes import spell_new_axes
from parity.passes.layout.split_batches import split_batches
from parity.passes.layout.split_projections import split_projections
from parity.passes.recurrence.batch_first import batch_first
from parity.passes.recurrence.drop_idle_masks import drop_idle_masks
from parity.passes.recurrence.drop_wrapped_indices import drop_wrapped_indices
from parity.passes.recurrence.drop_zero_states import drop_zero_states
from parity.passes.recurrence.flip_sequences import flip_sequences
from parity.passes.recurrence.merge_steps import merge_steps
from parity.passes.recurrence.recompose_recurrence import recompose_recurrence
from parity.passes.recurrence.resolve_states import resolve_states
from parity.passes.recurrence.turn_recurrence import turn_recurrence
from parity.passes.windows.cut_concats import cut_concats
from parity.passes.windows.globalise_pooling import globalise_pooling
from parity.passes.windows.join_slices import join_slices
from parity.passes.windows.merge_nested import merge_nested
from parity.passes.windows.merge_padding import merge_padding
from parity.passes.windows.merge_slices import merge_slices
from parity.passes.windows.split_fixed_terms import split_fixed_terms
from parity.passes.windows.squeeze_early import squeeze_early
from parity.passes.windows.squeeze_global_pool import squeeze_global_pool

__all__ = [
    "COMPUTED_BEFORE",
    "PHASES",
    "Computed",
    "Pass",
    "Phase",
    "Rewrite",
    "Watch",
    "absorb",
    "broken",
    "calls_of",
    "joined",
    "normalise",
    "only_consumer",
    "patterns",
    "phases",
    "problems",
    "rewrite",
    "told_functions",
    "verify",
]

PHASES: tuple[Phase, ...] = (
    Phase(
        "constants",
        (
            *(drop_quantisation, drop_identities, split_gates, merge_sequences, merge_places, merge_negations),
            *(
                fold_constants,
                narrow_choices,
                mark_masks,
                drop_doubled_masks,
                read_turned_weights,
                merge_stored_operands,
            ),
            *(merge_stored_parts, merge_heads),
        ),
        ensures=(nothing_dead, no_identities),
    ),
    Phase(
        "recurrence",
        (
            *(
                flip_sequences,
                merge_steps,
                recompose_recurrence,
                drop_zero_states,
                resolve_states,
                drop_wrapped_indices,
                batch_first,
            ),
            *(turn_recurrence, drop_idle_masks),
        ),
        requires=(no_identities,),
        ensures=(nothing_dead,),
    ),
    Phase("batches", (merge_bias_of_rows, merge_rows, merge_batches, merge_unit_axes), ensures=(nothing_dead,)),
    Phase(
        "arithmetic",
        (
            *(recompose_formulas, recompose_group_norm, split_batches),
            *(recompose_attention, resolve_masks, read_masks, merge_attention_scale, recompose_projections, merge_bias),
            *(recompose_normalization, merge_scale_shift, recompose_averages, recompose_repeats),
        ),
        ensures=(nothing_dead,),
    ),
    Phase(
        "layout",
        (
            *(
                drop_transposes,
                drop_strided_copies,
                drop_identities,
                merge_bias,
                merge_repeats,
                sort_batch_axes,
                split_projections,
            ),
            *(spell_new_axes, merge_expands, drop_idle_expands, merge_rearrangements),
        ),
        ensures=(nothing_dead, no_identities),
    ),
    Phase(
        "windows",
        (
            *(merge_padding, merge_slices, merge_nested, split_fixed_terms, join_slices, cut_concats),
            *(globalise_pooling, squeeze_early, squeeze_global_pool),
        ),
        ensures=(nothing_dead,),
    ),
    Phase(
        "canonical",
        (merge_twins, name_axes),
        ensures=(nothing_dead, no_identities, axes_are_named),
    ),
)


@cache
def phases() -> tuple[Phase, ...]:
    """The phases, each with the passes that installed packages add to it."""
    own = {each.__name__: phase.name for phase in PHASES for each in phase.passes}
    return with_added(PHASES, [each for _, each in by_name("PASS", Pass, check=partial(fits, PHASES, own)).values()])


def normalise(graph: LayerGraph, watch: Watch | None = None, until: tuple[Phase, ...] | None = None) -> LayerGraph:
    """Run the phases; what a file of tensors tells is left as it is, since there is no wiring to simplify.

    Args:
        graph: a translated model.
        watch: called after each rewrite and each phase; by default what ``PARITY_TRACE`` and ``PARITY_VERIFY`` ask for.
        until: the first phases, to look at what they leave; None for all of them.

    Raises:
        ParityError: a pass lost an input of the model; names it.
        ExtensionError: a pass of an installed package raised something.
    """
    if graph.evidence is Evidence.TENSORS:
        return graph
    return run(graph, phases() if until is None else until, watch or watch_asked_for())
