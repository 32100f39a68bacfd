"""Architectures of transformers, small, with random weights: what to build from which config, and an input for each."""

import torch  # noqa: TID253  only tests of PyTorch import this
import transformers as hf  # noqa: TID253  same

IDS = {"input_ids": ((1, 7), "int64")}
PIXELS = {"pixel_values": (1, 3, 32, 32)}
BOTH = {**IDS, "decoder_input_ids": ((1, 5), "int64")}
SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
TEXT = {"vocab_size": 50, "use_cache": False}
PATCHES = {**SIZES, "image_size": 32, "patch_size": 8}
WINDOWS = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4}
STAGES = {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]}
SIDES = {
    f"{side}_{what}": size
    for side in ("encoder", "decoder")
    for what, size in (("layers", 1), ("attention_heads", 2), ("ffn_dim", 24))
}
ENDS = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}

ZOO = {
    "resnet": (
        "ResNetForImageClassification",
        {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 2]},
        PIXELS,
    ),
    "mobilenet_v1": ("MobileNetV1ForImageClassification", {"depth_multiplier": 0.25, "image_size": 32}, PIXELS),
    "mobilenet_v2": ("MobileNetV2ForImageClassification", {"depth_multiplier": 0.25, "image_size": 32}, PIXELS),
    "efficientnet": (
        "EfficientNetForImageClassification",
        {"image_size": 32, "width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320},
        PIXELS,
    ),
    "convnext": ("ConvNextForImageClassification", STAGES, PIXELS),
    "convnext_v2": ("ConvNextV2ForImageClassification", STAGES, PIXELS),
    "regnet": ("RegNetForImageClassification", {**STAGES, "embedding_size": 8, "groups_width": 4}, PIXELS),
    "vit": ("ViTForImageClassification", PATCHES, PIXELS),
    "deit": ("DeiTForImageClassification", PATCHES, PIXELS),
    "beit": ("BeitForImageClassification", {**PATCHES, "out_indices": [1, 2]}, PIXELS),
    "dinov2": ("Dinov2Model", PATCHES, PIXELS),
    "swin": (
        "SwinForImageClassification",
        {**WINDOWS, "patch_size": 2},
        PIXELS,
    ),
    "segformer": (
        "SegformerForSemanticSegmentation",
        {
            "num_encoder_blocks": 2,
            "depths": [1, 1],
            "sr_ratios": [2, 1],
            "hidden_sizes": [8, 16],
            "patch_sizes": [7, 3],
            "strides": [4, 2],
            "num_attention_heads": [1, 2],
            "mlp_ratios": [2, 2],
            "decoder_hidden_size": 16,
        },
        PIXELS,
    ),
    "poolformer": ("PoolFormerForImageClassification", STAGES, PIXELS),
    "bert": ("BertForMaskedLM", {**SIZES, **TEXT}, IDS),
    "roberta": ("RobertaForMaskedLM", {**SIZES, **TEXT}, IDS),
    "distilbert": ("DistilBertForMaskedLM", {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24, **TEXT}, IDS),
    "albert": ("AlbertForMaskedLM", {**SIZES, **TEXT, "embedding_size": 8}, IDS),
    "electra": ("ElectraForPreTraining", {**SIZES, **TEXT, "embedding_size": 8}, IDS),
    "gpt2": ("GPT2LMHeadModel", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 16, **TEXT, **ENDS}, IDS),
    "gpt_neox": ("GPTNeoXForCausalLM", {**SIZES, **TEXT}, IDS),
    "opt": (
        "OPTForCausalLM",
        {**SIZES, **TEXT, "ffn_dim": 24, "word_embed_proj_dim": 16, "max_position_embeddings": 32},
        IDS,
    ),
    "llama": ("LlamaForCausalLM", {**SIZES, **TEXT}, IDS),
    "mistral": ("MistralForCausalLM", {**SIZES, **TEXT, "num_key_value_heads": 1}, IDS),
    "t5": (
        "T5ForConditionalGeneration",
        {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 2, **TEXT},
        BOTH,
    ),
    "bart": ("BartModel", {"d_model": 16, **SIDES, **TEXT, **ENDS, "max_position_embeddings": 32}, BOTH),
    "whisper": (
        "WhisperModel",
        {
            **SIDES,
            **TEXT,
            **ENDS,
            "d_model": 16,
            "num_mel_bins": 8,
            "max_source_positions": 10,
            "max_target_positions": 12,
            "decoder_start_token_id": 1,
        },
        {"input_features": (1, 8, 20), "decoder_input_ids": ((1, 5), "int64")},
    ),
    "clip": (
        "CLIPModel",
        {"text_config": {**SIZES, **TEXT}, "vision_config": PATCHES, "projection_dim": 8},
        {**IDS, **PIXELS},
    ),
    "mamba": ("MambaForCausalLM", {"hidden_size": 16, "num_hidden_layers": 2, "state_size": 4, **TEXT}, IDS),
    "swin_v2": ("Swinv2Model", WINDOWS, PIXELS),
    "wav2vec2": (
        "Wav2Vec2Model",
        {
            **SIZES,
            "conv_dim": [16, 16],
            "conv_stride": [5, 2],
            "conv_kernel": [10, 3],
            "num_feat_extract_layers": 2,
            "num_conv_pos_embeddings": 16,
            "num_conv_pos_embedding_groups": 2,
            "apply_spec_augment": False,
        },
        {"input_values": (1, 400)},
    ),
    "xlnet": ("XLNetModel", {"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24, "vocab_size": 50}, IDS),
    "bloom": ("BloomModel", {"hidden_size": 16, "n_layer": 2, "n_head": 2, **TEXT}, IDS),
    "deberta": (
        "DebertaV2Model",
        {**SIZES, "vocab_size": 50, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
        IDS,
    ),
    "layoutlm": (
        "LayoutLMModel",
        {**SIZES, "vocab_size": 50, "max_position_embeddings": 64, "max_2d_position_embeddings": 64},
        {**IDS, "bbox": ((1, 7, 4), "int64")},
    ),
    "yolos": ("YolosModel", {**PATCHES, "image_size": [32, 32], "num_detection_tokens": 3}, PIXELS),
    "videomae": ("VideoMAEModel", {**PATCHES, "num_frames": 2}, {"pixel_values": (1, 2, 3, 32, 32)}),
    "patchtst": (
        "PatchTSTModel",
        {
            "num_input_channels": 2,
            "context_length": 16,
            "patch_length": 4,
            "stride": 4,
            "d_model": 16,
            "num_attention_heads": 2,
            "num_hidden_layers": 2,
            "ffn_dim": 32,
            "do_mask_input": False,
        },
        {"past_values": (2, 16, 2)},
    ),
    "detr": (
        "DetrForObjectDetection",
        {
            "use_timm_backbone": False,
            "backbone_config": hf.ResNetConfig(
                embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], out_features=["stage2"]
            ),
            "d_model": 16,
            "num_queries": 5,
            **SIDES,
        },
        PIXELS,
    ),
}
"""By name: the class, the settings of its config, and the inputs as parity takes them."""


def build(name):
    """The model with some of its parameters frozen and statistics unlike each other, and its inputs as described."""
    kind, settings, inputs = ZOO[name]
    torch.manual_seed(0)
    kind = getattr(hf, kind)
    model = kind(kind.config_class(**settings)).eval()
    for number, parameter in enumerate(model.parameters()):
        if number % 7 == 3:
            parameter.requires_grad_(requires_grad=False)
    return model, inputs


def examples(inputs):
    """Tensors of the described shapes; ones for words, so that no embedding is asked for what it lacks."""
    found = {}
    for name, each in inputs.items():
        shape, dtype = each if isinstance(each[1], str) else (each, "float32")
        make = torch.ones if dtype == "int64" else torch.rand
        found[name] = make(shape, dtype=getattr(torch, dtype))
    return found
