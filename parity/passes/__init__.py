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
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite
from parity.passes._trace import watch_asked_for
from parity.passes._verify import problems, verify
from parity.passes.arithmetic.eliminate_feature_orders import eliminate_feature_orders
from parity.passes.arithmetic.fuse_attention import fuse_attention
from parity.passes.arithmetic.fuse_attention_scale import fuse_attention_scale
from parity.passes.arithmetic.fuse_averages import fuse_averages
from parity.passes.arithmetic.fuse_bias import fuse_bias, fuse_bias_of_rows
from parity.passes.arithmetic.fuse_formulas import fuse_formulas, patterns
from parity.passes.arithmetic.fuse_group_norm import fuse_group_norm
from parity.passes.arithmetic.fuse_groups import fuse_groups
from parity.passes.arithmetic.fuse_normalization import fuse_normalization
from parity.passes.arithmetic.fuse_projections import fuse_projections
from parity.passes.arithmetic.fuse_repeated_rows import fuse_repeated_rows
from parity.passes.arithmetic.fuse_scale_shift import fuse_scale_shift
from parity.passes.arithmetic.read_masks import read_masks
from parity.passes.arithmetic.resolve_masks import resolve_masks
from parity.passes.batches.fuse_batches import fuse_batches
from parity.passes.batches.fuse_rows import fuse_rows
from parity.passes.batches.fuse_unit_axes import fuse_unit_axes
from parity.passes.canonical.eliminate_common_subexpressions import eliminate_common_subexpressions
from parity.passes.canonical.name_axes import name_axes
from parity.passes.constants.eliminate_doubled_masks import eliminate_doubled_masks
from parity.passes.constants.eliminate_empty_parts import eliminate_empty_parts
from parity.passes.constants.eliminate_identities import eliminate_identities
from parity.passes.constants.fold_constants import fold_constants
from parity.passes.constants.fold_weight_transposes import fold_weight_transposes
from parity.passes.constants.fuse_blends import fuse_blends
from parity.passes.constants.fuse_heads import fuse_heads
from parity.passes.constants.fuse_negations import fuse_negations
from parity.passes.constants.fuse_places import fuse_places
from parity.passes.constants.fuse_sequences import fuse_sequences
from parity.passes.constants.fuse_stored_operands import fuse_stored_operands
from parity.passes.constants.fuse_stored_parts import fuse_stored_parts
from parity.passes.constants.lift_quantisation import lift_quantisation
from parity.passes.constants.mark_masks import mark_masks
from parity.passes.constants.narrow_choices import narrow_choices
from parity.passes.constants.split_gates import split_gates
from parity.passes.layout.eliminate_redundant_expands import eliminate_redundant_expands
from parity.passes.layout.eliminate_strided_copies import eliminate_strided_copies
from parity.passes.layout.eliminate_transposes import eliminate_transposes
from parity.passes.layout.fuse_expands import fuse_expands
from parity.passes.layout.fuse_rearrangements import fuse_rearrangements
from parity.passes.layout.fuse_repeats import fuse_repeats
from parity.passes.layout.fuse_stacks import fuse_stacks
from parity.passes.layout.sort_batch_axes import sort_batch_axes
from parity.passes.layout.split_batches import split_batches
from parity.passes.layout.split_projections import split_projections
from parity.passes.layout.unsqueeze_to_reshape import unsqueeze_to_reshape
from parity.passes.recurrence.batch_first import batch_first
from parity.passes.recurrence.canonicalise_direction import canonicalise_direction
from parity.passes.recurrence.eliminate_negative_index_wrapping import eliminate_negative_index_wrapping
from parity.passes.recurrence.eliminate_redundant_masks import eliminate_redundant_masks
from parity.passes.recurrence.eliminate_zero_states import eliminate_zero_states
from parity.passes.recurrence.flip_sequences import flip_sequences
from parity.passes.recurrence.fuse_recurrence import fuse_recurrence
from parity.passes.recurrence.fuse_steps import fuse_steps
from parity.passes.recurrence.resolve_states import resolve_states
from parity.passes.windows.canonicalise_global_pooling import canonicalise_global_pooling
from parity.passes.windows.flatten_associative import flatten_associative
from parity.passes.windows.forward_slices_of_concats import forward_slices_of_concats
from parity.passes.windows.fuse_neighbouring_slices import fuse_neighbouring_slices
from parity.passes.windows.fuse_padding import fuse_padding
from parity.passes.windows.fuse_slices import fuse_slices
from parity.passes.windows.fuse_squeeze_into_global_pool import fuse_squeeze_into_global_pool
from parity.passes.windows.split_fixed_terms import split_fixed_terms
from parity.passes.windows.squeeze_early import squeeze_early

__all__ = [
    "COMPUTED_BEFORE",
    "PHASES",
    "Computed",
    "Pass",
    "Phase",
    "Rewrite",
    "Watch",
    "broken",
    "calls_of",
    "joined",
    "merge_notes",
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
            *(lift_quantisation, eliminate_empty_parts, eliminate_identities, split_gates, fuse_sequences),
            *(fuse_places, fuse_negations),
            *(
                fold_constants,
                narrow_choices,
                fuse_blends,
                mark_masks,
                eliminate_doubled_masks,
                fold_weight_transposes,
                fuse_stored_operands,
            ),
            *(fuse_stored_parts, fuse_heads),
        ),
        ensures=(nothing_dead, no_identities),
    ),
    Phase(
        "recurrence",
        (
            *(
                flip_sequences,
                fuse_steps,
                fuse_recurrence,
                eliminate_zero_states,
                resolve_states,
                eliminate_negative_index_wrapping,
                batch_first,
            ),
            *(canonicalise_direction, eliminate_redundant_masks),
        ),
        requires=(no_identities,),
        ensures=(nothing_dead,),
    ),
    Phase("batches", (fuse_bias_of_rows, fuse_rows, fuse_batches, fuse_unit_axes), ensures=(nothing_dead,)),
    Phase(
        "arithmetic",
        (
            *(fuse_formulas, fuse_group_norm, split_batches),
            *(
                fuse_attention,
                fuse_groups,
                eliminate_feature_orders,
                resolve_masks,
                read_masks,
                fuse_attention_scale,
                fuse_projections,
                fuse_bias,
            ),
            *(fuse_normalization, fuse_scale_shift, fuse_averages, fuse_repeated_rows),
        ),
        ensures=(nothing_dead,),
    ),
    Phase(
        "layout",
        (
            *(
                eliminate_transposes,
                eliminate_strided_copies,
                eliminate_identities,
                fuse_bias,
                fuse_repeats,
                fuse_stacks,
                sort_batch_axes,
                split_projections,
            ),
            *(unsqueeze_to_reshape, fuse_expands, eliminate_redundant_expands, fuse_rearrangements),
        ),
        ensures=(nothing_dead, no_identities),
    ),
    Phase(
        "windows",
        (
            *(
                fuse_padding,
                fuse_slices,
                flatten_associative,
                split_fixed_terms,
                fuse_neighbouring_slices,
                forward_slices_of_concats,
            ),
            *(canonicalise_global_pooling, squeeze_early, fuse_squeeze_into_global_pool),
        ),
        ensures=(nothing_dead,),
    ),
    Phase(
        "canonical",
        (eliminate_common_subexpressions, name_axes),
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
